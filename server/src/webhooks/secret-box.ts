import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'

/** Keeps the secrets of endpoints: what is stored is of no use without the server's own key. */
export type SecretBox = {
  /** A new secret: `whsec_` and 32 random bytes in base64. */
  make(): string
  /** Encrypts a secret for one endpoint; it opens for no other. */
  seal(endpointId: string, secret: string): string
  open(endpointId: string, sealed: string): string
  /** The secret that events are signed with for whoever listens on a side: always the same, never stored. */
  ofListener(orgId: string): string
}

/** AES-256-GCM, with a key of its own made from the server's. */
export function secretBox(serverKey: Buffer): SecretBox {
  const key = createHmac('sha256', serverKey).update('webhook secrets').digest()
  return {
    make: () => secretText(randomBytes(32)),
    seal(endpointId, secret) {
      const iv = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(endpointId))
      const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
      return Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64')
    },
    open(endpointId, sealed) {
      const bytes = Buffer.from(sealed, 'base64')
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12)).setAAD(Buffer.from(endpointId))
      decipher.setAuthTag(bytes.subarray(12, 28))
      return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
    },
    ofListener: (orgId) => secretText(createHmac('sha256', key).update(`listener\n${orgId}`).digest()),
  }
}

function secretText(bytes: Buffer): string {
  return `whsec_${bytes.toString('base64')}`
}
