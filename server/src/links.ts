import { signExpiringLink, signLink } from '#hosted/token.ts'
import type { Links } from '#organisations/org.ts'

/** Public addresses under one base address, signed where they let somebody in. */
export function createLinks(publicUrl: string, secret: Buffer): Links {
  return {
    publicUrl,
    checkout: (orgId, id) => `${publicUrl}/checkout/${signLink(secret, 'checkout', 'cko', { orgId, id })}`,
    invoice: (orgId, id, expiresAt) =>
      `${publicUrl}/invoices/${signExpiringLink(secret, 'invoice', 'inv', { orgId, id }, expiresAt)}`,
    claim: (token) => `${publicUrl}/claim/${token}`,
    errorPage: (code) => `${publicUrl}/docs/errors/${code}`,
  }
}
