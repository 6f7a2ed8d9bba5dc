import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'

/** Keys that secrets of others are sealed with: new ones with the first, old ones are opened with whichever sealed them. */
export type KeyRing = readonly { readonly id: string; readonly key: Buffer }[]

/** A sealed text was altered, belongs elsewhere, or its key is not in the ring. */
export class CannotUnseal extends Error {
  override readonly name = 'CannotUnseal'
}

const keyBytes = 32
const ivBytes = 12
const tagBytes = 16

/**
 * The ring of `HALLEY_ENCRYPTION_KEYS` (`id:base64url of 32 bytes`, comma between; the first seals). The key made of the
 * server's secret stays in the ring behind them, so that the first rotation can open what it sealed. Undefined when a key
 * does not have this form.
 */
export function keyRing(secret: string, configured: string | undefined): KeyRing | undefined {
  const ring: { id: string; key: Buffer }[] = []
  for (const entry of configured?.split(',') ?? []) {
    const match = /^([a-z0-9-]{1,32}):([A-Za-z0-9_-]{43}=?)$/.exec(entry.trim())
    if (!match?.[1] || !match[2] || ring.some(({ id }) => id === match[1])) return undefined
    ring.push({ id: match[1], key: Buffer.from(match[2], 'base64url') })
  }
  // Called after what it sealed first: another name would be another key.
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'halley provider credentials', keyBytes))
  const id = `secret-${createHash('sha256').update(key).digest('hex').slice(0, 8)}`
  return [...ring, { id, key }]
}

/** Encrypts a text (AES-256-GCM); `place` is bound to it, so that it opens nowhere else. */
export function seal(ring: KeyRing, place: string, text: string): string {
  const [current] = ring
  if (!current) throw new CannotUnseal('There is no key to seal with.')
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv('aes-256-gcm', current.key, iv).setAAD(Buffer.from(place))
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return ['v1', current.id, iv.toString('base64url'), sealed.toString('base64url')].join('.')
}

/** Opens what {@link seal} made for this place. Throws {@link CannotUnseal}; the message holds no secret. */
export function unseal(ring: KeyRing, place: string, sealed: string): string {
  const [version, id, iv = '', rest = ''] = sealed.split('.')
  const key = version === 'v1' ? ring.find((one) => one.id === id)?.key : undefined
  if (!key)
    throw new CannotUnseal(`The key ${id ?? ''} is not configured (any more). Add it to HALLEY_ENCRYPTION_KEYS.`)
  const bytes = Buffer.from(rest, 'base64url')
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64url')).setAAD(Buffer.from(place))
    decipher.setAuthTag(bytes.subarray(-tagBytes))
    return Buffer.concat([decipher.update(bytes.subarray(0, -tagBytes)), decipher.final()]).toString('utf8')
  } catch {
    throw new CannotUnseal('What is stored was altered, or belongs elsewhere.')
  }
}

/** Whether the ring's first key sealed it. */
export function isSealedWithCurrent(ring: KeyRing, sealed: string): boolean {
  return sealed.split('.')[1] === ring[0]?.id
}
