import type { Selectable } from 'kysely'
import { type Address, type CustomerRecord, externalIdTaken, isPublicCustomerId } from '#customers/customer.ts'
import type { CustomerAddressTable, CustomerTable } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'

export { publicCustomerId } from '#customers/customer.ts'

type Row = Selectable<CustomerTable> & {
  readonly [Column in keyof Omit<Selectable<CustomerAddressTable>, 'org_id' | 'id' | 'customer_id' | 'created_at'>]:
    | Selectable<CustomerAddressTable>[Column]
    | null
}

/** The customer that a reference names, by public id or by own id, with their address; undefined when there is none. */
export async function resolveCustomer(db: Db, orgId: string, reference: string): Promise<CustomerRecord | undefined> {
  const row = await customersOf(db, orgId)
    .where(...named(reference))
    .executeTakeFirst()
  return row && recordOf(row)
}

/**
 * The same, locked: whoever reads a customer to change them, their address or what they own waits for the one before. First
 * in the order of locks after the organisation.
 */
export async function lockCustomer(tx: Tx, orgId: string, reference: string): Promise<CustomerRecord | undefined> {
  const locked = await tx
    .selectFrom('customer')
    .select('id')
    .where('org_id', '=', orgId)
    .where(...named(reference))
    .forNoKeyUpdate()
    .executeTakeFirst()
  // Read after the lock is held: in one statement with it, the address could be that of before the wait.
  return locked && resolveCustomer(tx, orgId, locked.id)
}

/** Several customers by public id, in one query. Unknown ids are missing from the map. */
export async function findCustomersById(
  db: Db,
  orgId: string,
  ids: readonly string[],
): Promise<Map<string, CustomerRecord>> {
  if (ids.length === 0) return new Map()
  const rows = await customersOf(db, orgId)
    .where('customer.id', 'in', [...new Set(ids)])
    .execute()
  return new Map(rows.map((row) => [row.id, recordOf(row)]))
}

/** Everybody with an email address, in any case, newest first; at most `limit`. */
export async function findCustomersByEmail(
  db: Db,
  orgId: string,
  email: string,
  limit: number,
): Promise<CustomerRecord[]> {
  const rows = await customersOf(db, orgId)
    .where((is) => is(is.fn<string>('lower', ['customer.email']), '=', is.fn<string>('lower', [is.val(email)])))
    .orderBy('customer.id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(recordOf)
}

export type CustomerFilter = { readonly externalId?: string | undefined }

/** Newest first, those after `after` (a public id) when it is given. */
export async function listCustomers(
  db: Db,
  orgId: string,
  filter: CustomerFilter,
  limit: number,
  after: string | undefined,
): Promise<CustomerRecord[]> {
  let query = customersOf(db, orgId)
  if (filter.externalId !== undefined) query = query.where('customer.external_id', '=', filter.externalId)
  if (after !== undefined) query = query.where('customer.id', '<', after)
  const rows = await query.orderBy('customer.id', 'desc').limit(limit).execute()
  return rows.map(recordOf)
}

/**
 * Writes a customer with their address. False, and nothing is written, when the own id is taken: a customer with that id
 * who is being written at the same moment is waited for.
 */
export async function insertCustomer(tx: Tx, orgId: string, customer: CustomerRecord): Promise<boolean> {
  const { address } = customer
  const inserted = await tx
    .insertInto('customer')
    .values({ org_id: orgId, id: customer.id, ...columnsOf(customer), created_at: customer.createdAt })
    .onConflict((conflict) =>
      conflict.columns(['org_id', 'external_id']).where('external_id', 'is not', null).doNothing(),
    )
    .executeTakeFirst()
  if (inserted.numInsertedOrUpdatedRows === 0n) return false
  if (address) await saveAddress(tx, orgId, customer.id, address, customer.createdAt)
  return true
}

/** Writes every field of a customer whose row is locked. 409 `duplicate` when somebody else has this own id. */
export async function saveCustomer(tx: Tx, orgId: string, customer: CustomerRecord): Promise<void> {
  const { address } = customer
  if (address) await saveAddress(tx, orgId, customer.id, address, customer.updatedAt)
  try {
    await tx
      .updateTable('customer')
      .set(columnsOf(customer))
      .where('org_id', '=', orgId)
      .where('id', '=', customer.id)
      .execute()
  } catch (error) {
    throw violates(error, 'customer_external_id') ? externalIdTaken(customer.externalId) : error
  }
}

// The one address of a customer keeps its id when its lines change.
async function saveAddress(
  tx: Tx,
  orgId: string,
  customerId: string,
  address: Address & { id: string },
  now: Temporal.Instant,
): Promise<void> {
  const lines = {
    line1: address.line1,
    line2: address.line2,
    city: address.city,
    state: address.state,
    region: address.region,
    postal_code: address.postalCode,
    country: address.country,
  }
  await tx
    .insertInto('customer_address')
    .values({ org_id: orgId, id: address.id, customer_id: customerId, ...lines, created_at: now })
    .onConflict((conflict) => conflict.columns(['org_id', 'id']).doUpdateSet(lines))
    .execute()
}

function columnsOf(customer: CustomerRecord) {
  return {
    external_id: customer.externalId,
    email: customer.email,
    full_name: customer.fullName,
    tax_document: customer.taxDocument,
    document_type: customer.documentType,
    tax_exemption: customer.taxExemption,
    po_number: customer.poNumber,
    timezone: customer.timezone,
    metadata: customer.metadata && JSON.stringify(customer.metadata),
    address_id: customer.address?.id ?? null,
    updated_at: customer.updatedAt,
  }
}

function customersOf(db: Db, orgId: string) {
  return db
    .selectFrom('customer')
    .leftJoin('customer_address as address', (join) =>
      join.onRef('address.org_id', '=', 'customer.org_id').onRef('address.id', '=', 'customer.address_id'),
    )
    .selectAll('customer')
    .select(['address.line1', 'address.line2', 'address.city', 'address.state', 'address.region'])
    .select(['address.postal_code', 'address.country'])
    .where('customer.org_id', '=', orgId)
}

function named(reference: string) {
  return [isPublicCustomerId(reference) ? 'customer.id' : 'customer.external_id', '=', reference] as const
}

function violates(error: unknown, constraint: string): boolean {
  const { code, constraint: violated } = error as { code?: string; constraint?: string }
  return code === '23505' && violated === constraint
}

function recordOf(row: Row): CustomerRecord {
  return {
    id: row.id,
    externalId: row.external_id,
    email: row.email,
    fullName: row.full_name,
    taxDocument: row.tax_document,
    documentType: row.document_type,
    taxExemption: row.tax_exemption,
    poNumber: row.po_number,
    timezone: row.timezone,
    metadata: row.metadata as CustomerRecord['metadata'],
    address: addressOf(row),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

function addressOf(row: Row): CustomerRecord['address'] {
  const { address_id: id, line1, city, postal_code: postalCode, country } = row
  if (id === null || line1 === null || city === null || postalCode === null || country === null) return null
  return { id, line1, line2: row.line2, city, state: row.state, region: row.region, postalCode, country }
}
