import { createHmac, timingSafeEqual } from 'node:crypto'

/** dLocal's signature over login, date and body, as its `Authorization` header has it. */
export function dlocalSignature(secretKey: string, login: string, date: string, body: string): string {
  return `V2-HMAC-SHA256, Signature: ${createHmac('sha256', secretKey).update(`${login}${date}${body}`).digest('hex')}`
}

/** Whether a notification was signed with this secret. */
export function isSignedByDlocal(
  { secretKey, login }: { readonly secretKey: string; readonly login: string },
  given: { readonly authorization: string; readonly date: string; readonly body: string },
): boolean {
  const hex = /Signature:\s*([0-9a-f]{64})$/i.exec(given.authorization)?.[1]
  if (hex === undefined) return false
  const expected = createHmac('sha256', secretKey).update(`${login}${given.date}${given.body}`).digest()
  return timingSafeEqual(Buffer.from(hex, 'hex'), expected)
}
