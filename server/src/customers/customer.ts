import { isId } from '#id.ts'
import { Problem } from '#problem.ts'

/** Time zones a customer can have: how moments are shown to them, never how they are billed. */
export const timezones = [
  'UTC',
  'America/New_York',
  'America/Chicago',
  'America/Denver',
  'America/Los_Angeles',
  'America/Sao_Paulo',
  'America/Mexico_City',
  'America/Buenos_Aires',
  'America/Santiago',
  'America/Bogota',
  'America/Lima',
  'America/Asuncion',
  'Europe/London',
  'Europe/Paris',
  'Europe/Berlin',
  'Europe/Madrid',
  'Asia/Tokyo',
  'Asia/Shanghai',
  'Asia/Singapore',
  'Asia/Dubai',
  'Australia/Sydney',
] as const
export type Timezone = (typeof timezones)[number]

/** A postal address as it was given; `country` is ISO 3166-1 alpha-2 in upper case. */
export type Address = {
  readonly line1: string
  readonly line2: string | null
  readonly city: string
  readonly state: string | null
  readonly region: string | null
  readonly postalCode: string
  readonly country: string
}

export type CustomerRecord = {
  /** The public id, `cus_…`. */
  readonly id: string
  /** The integrator's own id. */
  readonly externalId: string | null
  readonly email: string
  readonly fullName: string | null
  readonly taxDocument: string | null
  readonly documentType: string | null
  /** Why they pay no tax, as invoices say it; null: they pay it. */
  readonly taxExemption: string | null
  /** The purchase order that is copied onto each of their invoices, unless it has one of its own. */
  readonly poNumber: string | null
  readonly timezone: string | null
  readonly metadata: Readonly<Record<string, unknown>> | null
  readonly address: (Address & { readonly id: string }) | null
  readonly createdAt: Temporal.Instant
  readonly updatedAt: Temporal.Instant
}

/** A customer to be written. */
export type NewCustomer = {
  /** The id that the integrator gives. */
  readonly ownId: string | null
  readonly email: string
  readonly fullName: string | null
  readonly taxDocument: string | null
  readonly taxExemption: string | null
  readonly poNumber: string | null
  readonly timezone: string | null
  readonly metadata: Readonly<Record<string, unknown>> | null
  readonly address: Address | null
  /** Must be the existing customer's address when it is given. */
  readonly addressId: string | null
}

/** The customer's id in every other object and in webhooks: their own id when there is one, else the public id. */
export function publicCustomerId(customer: Pick<CustomerRecord, 'id' | 'externalId'>): string {
  return customer.externalId ?? customer.id
}

/** Whether a reference can only be a public id. Own ids never have this form, so that no reference has two meanings. */
export function isPublicCustomerId(reference: string): boolean {
  return isId('cus', reference)
}

/** The refusal of a reference to a customer who does not exist (or is somebody else's). */
export function customerNotFound(reference: string, param = 'customerId'): Problem {
  return new Problem('customer_not_found', `There is no customer ${reference}.`, { param })
}

/** The refusal of an own id that another customer has. */
export function externalIdTaken(externalId: string | null): Problem {
  return new Problem('duplicate', `Another customer has the id ${externalId}.`, { param: 'externalId' })
}

/** What is wrong with a text as a customer's own id, or undefined. */
export function ownIdProblem(ownId: string): string | undefined {
  if (ownId.length < 1 || ownId.length > 200) return 'Must be 1 to 200 characters.'
  if (/[/?#%]/.test(ownId)) return 'Must not contain any of / ? # %.'
  // These too would change the address of the customer on its way through a URL.
  if (/[\p{Cc}\\]/u.test(ownId) || !ownId.isWellFormed()) return 'Must not contain control characters or backslashes.'
  if (ownId.trim() !== ownId) return 'Must not begin or end with a space.'
  if (ownId === '.' || ownId === '..') return 'Must not be "." or "..".'
  return undefined
}
