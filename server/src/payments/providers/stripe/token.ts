/**
 * What Halley keeps of a card at Stripe: whose it is there, and either the stored card (`pm_`) or the confirmation token
 * (`ctoken_`) that Stripe's own fields made of it in the browser.
 */
export type StripeToken = { readonly customer: string; readonly source: string }

export function tokenText({ customer, source }: StripeToken): string {
  return `${customer}/${source}`
}

/** Undefined for a text that {@link tokenText} did not write. */
export function readToken(text: string): StripeToken | undefined {
  const match = /^(cus_[A-Za-z0-9]+)\/((?:pm|ctoken)_[A-Za-z0-9_]+)$/.exec(text)
  return match?.[1] && match[2] ? { customer: match[1], source: match[2] } : undefined
}

/** Whether this is what Stripe's fields give a page. */
export function isConfirmationToken(text: string): boolean {
  return /^ctoken_[A-Za-z0-9_]{3,200}$/.test(text)
}
