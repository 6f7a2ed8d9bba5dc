import { createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import { isSealedWithCurrent, type KeyRing, seal, unseal } from '#organisations/sealing.ts'

/** Keeps the secrets of endpoints: what is stored is of no use without the server's keys. */
export type SecretBox = {
  /** A new secret: `whsec_` and 32 random bytes in base64. */
  make(): string
  /** Encrypts a secret for one endpoint; it opens for no other. */
  seal(endpointId: string, secret: string): string
  open(endpointId: string, sealed: string): string
  /** The same secret sealed with the newest key; unchanged when it is. */
  reseal(endpointId: string, sealed: string): string
  /** The secret that events are signed with for whoever listens on a side: always the same, never stored. */
  ofListener(orgId: string): string
}

/**
 * Seals with the ring's first key, and opens what any key of it has sealed. What was sealed before there was a ring, with a key made
 * of the server's own, opens as well.
 */
export function secretBox(serverKey: Buffer, ring: KeyRing): SecretBox {
  const ownKey = createHmac('sha256', serverKey).update('webhook secrets').digest()
  const open = (endpointId: string, sealed: string) =>
    sealed.includes('.') ? unseal(ring, placeOf(endpointId), sealed) : openOld(ownKey, endpointId, sealed)
  return {
    make: () => secretText(randomBytes(32)),
    seal: (endpointId, secret) => seal(ring, placeOf(endpointId), secret),
    open,
    reseal: (endpointId, sealed) =>
      isSealedWithCurrent(ring, sealed) ? sealed : seal(ring, placeOf(endpointId), open(endpointId, sealed)),
    ofListener: (orgId) => secretText(createHmac('sha256', ownKey).update(`listener\n${orgId}`).digest()),
  }
}

const placeOf = (endpointId: string): string => `webhook_endpoint/${endpointId}`

// Base64 of an initialisation vector, a tag and the text; no dot is in it.
function openOld(key: Buffer, endpointId: string, sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64')
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12)).setAAD(Buffer.from(endpointId))
  decipher.setAuthTag(bytes.subarray(12, 28))
  return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
}

function secretText(bytes: Buffer): string {
  return `whsec_${bytes.toString('base64')}`
}
