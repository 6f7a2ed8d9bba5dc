import type { Address, CustomerRecord } from '#customers/customer.ts'
import { documentTypeOf } from '#customers/document-type.ts'

/** What can be changed of a customer; a field that is left out stays as it is. `metadata` and `address` are replaced whole. */
export type CustomerChanges = {
  readonly externalId?: string | undefined
  readonly email?: string | undefined
  readonly fullName?: string | null | undefined
  readonly taxDocument?: string | null | undefined
  readonly taxExemption?: string | null | undefined
  readonly poNumber?: string | null | undefined
  readonly timezone?: string | null | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | null | undefined
  readonly address?: Address | undefined
}

/** The customer after the changes; the very same object when they change nothing. */
export function applyChanges(
  customer: CustomerRecord,
  changes: CustomerChanges,
  now: Temporal.Instant,
  newAddressId: () => string,
): CustomerRecord {
  const address = changes.address && { id: customer.address?.id ?? newAddressId(), ...changes.address }
  const changed = named({ ...customer, ...given({ ...changes, address }) })
  return isSame(changed, customer) ? customer : { ...changed, updatedAt: now }
}

/** Names the tax document by the country of the address. */
export function named(customer: CustomerRecord): CustomerRecord {
  return { ...customer, documentType: documentTypeOf(customer.address?.country ?? null, customer.taxDocument) }
}

function given<Fields extends object>(fields: Fields): { [Name in keyof Fields]: Exclude<Fields[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never
}

// Values of plain data; the order of keys says nothing, as the database does not keep it.
function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false
  if (Array.isArray(one) !== Array.isArray(other)) return false
  const [ours, theirs] = [Object.entries(one), new Map(Object.entries(other))]
  return ours.length === theirs.size && ours.every(([key, value]) => theirs.has(key) && isSame(value, theirs.get(key)))
}
