import { createHmac, timingSafeEqual } from 'node:crypto'

/** What a link is good for: a token of one purpose opens nothing else. */
export type LinkPurpose =
  | 'checkout'
  | 'payment'
  | 'recovery'
  | 'card'
  | 'portal'
  | 'email'
  | 'mails'
  | 'withdrawal'
  | 'purchase_withdrawal'
  | 'authentication'
  | 'invoice'
  | 'inbox'

export type LinkTarget = { readonly orgId: string; readonly id: string }

const macBytes = 20
const tokenForm = /^([0-9a-z]{1,64})-([0-9a-z]{1,64})-([A-Za-z0-9_-]{27})$/

/**
 * A link's token: which row of which organisation, signed with 160 bits. The row decides how long the link lives, the
 * signature only that nobody made it up.
 */
export function signLink(secret: Buffer, purpose: LinkPurpose, prefix: string, target: LinkTarget): string {
  const org = target.orgId.replace(/^org_/, '')
  const id = target.id.replace(`${prefix}_`, '')
  return `${org}-${id}-${mac(secret, purpose, org, id).toString('base64url')}`
}

/** What a token points at, or undefined when it was not made by {@link signLink} for this purpose. */
export function readLink(secret: Buffer, purpose: LinkPurpose, prefix: string, token: string): LinkTarget | undefined {
  const match = tokenForm.exec(token)
  if (!match) return undefined
  const [, org = '', id = '', given = ''] = match
  const bytes = Buffer.from(given, 'base64url')
  // Spare bits of the last character would give a link a second spelling.
  if (
    bytes.toString('base64url') !== given ||
    bytes.length !== macBytes ||
    !timingSafeEqual(bytes, mac(secret, purpose, org, id))
  )
    return undefined
  return { orgId: `org_${org}`, id: `${prefix}_${id}` }
}

const expiringForm = /^([0-9a-z]{1,64})-([0-9a-z]{1,64})-([0-9a-z]{1,10})-([A-Za-z0-9_-]{27})$/

/** A token that says itself how long it is good: to the second, in real time. */
export function signExpiringLink(
  secret: Buffer,
  purpose: LinkPurpose,
  prefix: string,
  target: LinkTarget,
  expiresAt: Temporal.Instant,
): string {
  const org = target.orgId.replace(/^org_/, '')
  const id = target.id.replace(`${prefix}_`, '')
  const until = Math.floor(expiresAt.epochMilliseconds / 1000).toString(36)
  return `${org}-${id}-${until}-${mac(secret, purpose, org, id, until).toString('base64url')}`
}

/**
 * What a token of {@link signExpiringLink} points at: 'expired' when it was good once, undefined when nobody signed it for
 * this purpose.
 */
export function readExpiringLink(
  secret: Buffer,
  purpose: LinkPurpose,
  prefix: string,
  token: string,
  now: Temporal.Instant,
): LinkTarget | 'expired' | undefined {
  const match = expiringForm.exec(token)
  if (!match) return undefined
  const [, org = '', id = '', until = '', given = ''] = match
  const bytes = Buffer.from(given, 'base64url')
  // Spare bits of the last character would give a link a second spelling.
  if (
    bytes.toString('base64url') !== given ||
    bytes.length !== macBytes ||
    !timingSafeEqual(bytes, mac(secret, purpose, org, id, until))
  )
    return undefined
  if (now.epochMilliseconds >= Number.parseInt(until, 36) * 1000) return 'expired'
  return { orgId: `org_${org}`, id: `${prefix}_${id}` }
}

function mac(secret: Buffer, purpose: LinkPurpose, ...parts: readonly string[]): Buffer {
  const text = ['link', purpose, ...parts].join('\n')
  return createHmac('sha256', secret).update(text).digest().subarray(0, macBytes)
}
