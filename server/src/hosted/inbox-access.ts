import { readExpiringLink, signExpiringLink } from '#hosted/token.ts'

const cookieName = 'halley_inbox'
const prefix = 'inb'

/** The token of an organisation's inbox: whoever has it reads its mails until it ends. */
export function inboxToken(secret: Buffer, organisationId: string, expiresAt: Temporal.Instant): string {
  return signExpiringLink(secret, 'inbox', prefix, { orgId: organisationId, id: `${prefix}_1` }, expiresAt)
}

/** The organisation whose inbox a token opens now. */
export function readInboxToken(secret: Buffer, token: string, now: Temporal.Instant): string | 'expired' | undefined {
  const target = readExpiringLink(secret, 'inbox', prefix, token, now)
  return typeof target === 'object' ? target.orgId : target
}

/** The cookie that keeps the token, for the inbox's own addresses only. */
export function inboxCookie(token: string, isSecure: boolean): string {
  return `${cookieName}=${token}; Path=/dev/inbox; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`
}

/** The token in a request's Cookie header. */
export function tokenInCookies(header: string | undefined): string {
  const found = (header ?? '')
    .split(';')
    .map((part) => part.trim())
    .find((part) => part.startsWith(`${cookieName}=`))
  return found?.slice(cookieName.length + 1) ?? ''
}
