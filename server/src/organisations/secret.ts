import { createHash, randomBytes } from 'node:crypto'
import { base62 } from '#organisations/api-key.ts'

/** A secret of 256 bits as 43 letters and digits. */
export function newSecretText(): string {
  return base62(randomBytes(96))
}

/** All that is stored of a secret: its SHA-256. */
export function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
