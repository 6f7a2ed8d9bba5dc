import type * as z from 'zod'
import type { CustomerRecord, NewCustomer } from '#customers/customer.ts'
import type { BatchCustomer, Customer, CustomerBatch } from '#customers/customers.contract.ts'
import type { EventData, EventValue } from '#webhooks/outbox.ts'

/** The customer as the API shows them. */
export function toApiCustomer(customer: CustomerRecord, livemode: boolean): z.output<typeof Customer> {
  return {
    id: customer.id,
    externalId: customer.externalId,
    fullName: customer.fullName,
    email: customer.email,
    taxDocument: customer.taxDocument,
    documentType: customer.documentType,
    timezone: customer.timezone,
    metadata: customer.metadata,
    createdAt: customer.createdAt,
    updatedAt: customer.updatedAt,
    object: 'customer',
    livemode,
    address: customer.address,
    taxExemption: customer.taxExemption,
    poNumber: customer.poNumber,
  }
}

/** The customer as one that a batch made or found. */
export function toBatchCustomer({
  id,
  externalId,
  email,
}: CustomerRecord): z.output<typeof CustomerBatch>['successful'][number] {
  return { id, externalId, email }
}

/** The payload of customer.created and customer.updated. */
export function toCustomerEvent(customer: CustomerRecord): EventData {
  return {
    id: customer.id,
    externalId: customer.externalId,
    fullName: customer.fullName,
    email: customer.email,
    taxDocument: customer.taxDocument,
    documentType: customer.documentType,
    timezone: customer.timezone,
    // Metadata was read from JSON and holds nothing else.
    metadata: customer.metadata as EventValue,
    createdAt: customer.createdAt.toString({ smallestUnit: 'millisecond' }),
    updatedAt: customer.updatedAt.toString({ smallestUnit: 'millisecond' }),
  }
}

/** What to create, from a body. */
export function toNewCustomer(body: z.output<typeof BatchCustomer>): NewCustomer {
  return {
    ownId: body.id ?? body.externalId ?? null,
    email: body.email,
    fullName: body.fullName ?? null,
    taxDocument: body.taxDocument ?? null,
    taxExemption: body.taxExemption ?? null,
    poNumber: body.poNumber ?? null,
    timezone: body.timezone ?? null,
    metadata: body.metadata ?? null,
    address: body.address ?? null,
    addressId: null,
  }
}
