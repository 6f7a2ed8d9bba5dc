import { createHash } from 'node:crypto'
import { inboxToken } from '#hosted/inbox-access.ts'
import { signExpiringLink, signLink } from '#hosted/token.ts'
import type { Links } from '#organisations/org.ts'

/** The key that signs and encrypts, from the configured secret. */
export function signingKey(secret: string): Buffer {
  return createHash('sha256').update(`halley signing and encryption\n${secret}`).digest()
}

/** Where an organisation's inbox opens until then, for operators. */
export function inboxLink(publicUrl: string, key: Buffer, organisationId: string, expiresAt: Temporal.Instant): string {
  return `${publicUrl}/dev/inbox/open/${inboxToken(key, organisationId, expiresAt)}`
}

/** Public addresses under one base address, signed where they let somebody in. */
export function createLinks(publicUrl: string, secret: Buffer): Links {
  return {
    publicUrl,
    checkout: (orgId, id) => `${publicUrl}/checkout/${signLink(secret, 'checkout', 'cko', { orgId, id })}`,
    recovery: (orgId, id) => `${publicUrl}/recover/${signLink(secret, 'recovery', 'sub', { orgId, id })}`,
    cardUpdate: (orgId, id) => `${publicUrl}/card/${signLink(secret, 'card', 'sub', { orgId, id })}`,
    portal: (orgId, id) => `${publicUrl}/portal/${signLink(secret, 'portal', 'pse', { orgId, id })}`,
    mailChoice: (orgId, id) => `${publicUrl}/mails/${signLink(secret, 'mails', 'cus', { orgId, id })}`,
    emailChange: (orgId, id) => `${publicUrl}/email/${signLink(secret, 'email', 'emc', { orgId, id })}`,
    withdrawal: (orgId, id) =>
      id.startsWith('inv_')
        ? `${publicUrl}/withdraw/purchase/${signLink(secret, 'purchase_withdrawal', 'inv', { orgId, id })}`
        : `${publicUrl}/withdraw/${signLink(secret, 'withdrawal', 'sub', { orgId, id })}`,
    payment: (orgId, id) => `${publicUrl}/pay/${signLink(secret, 'payment', 'pay', { orgId, id })}`,
    invoice: (orgId, id, expiresAt) =>
      `${publicUrl}/invoices/${signExpiringLink(secret, 'invoice', 'inv', { orgId, id }, expiresAt)}`,
    claim: (token) => `${publicUrl}/claim/${token}`,
    errorPage: (code) => `${publicUrl}/docs/errors/${code}`,
  }
}
