import * as z from 'zod'
import type { EventType } from '#webhooks/event-types.ts'
import { eventDefinitions } from '#webhooks/events.contract.ts'

const day = '2026-07-11T00:00:00.000Z'

/** Plausible values by the name of a field; what is not here follows from its type. */
const values: Readonly<Record<string, unknown>> = {
  id: 'cus_00000000000000000000000000',
  customerId: 'user_42',
  externalId: 'user_42',
  subscriptionId: 'sub_00000000000000000000000000',
  planId: 'pln_00000000000000000000000000',
  planName: 'Pro',
  name: 'Pro',
  invoiceId: 'inv_00000000000000000000000000',
  invoiceNumber: 'TEST-000042',
  paymentTransactionId: 'txn_00000000000000000000000000',
  paymentLinkId: null,
  paymentId: 'pay_00000000000000000000000000',
  payoutId: 'po_00000000000000000000000000',
  usageEventId: 'evt_00000000000000000000000000',
  email: 'ada@example.com',
  customerEmail: 'ada@example.com',
  fullName: 'Ada Lovelace',
  currency: 'usd',
  invoiceCurrency: 'usd',
  provider: 'commet',
  featureCode: 'api_calls',
  code: 'api_calls',
  type: 'usage',
  billingInterval: 'monthly',
  consumptionModel: 'metered',
  trigger: 'subscription_activated',
  status: 'active',
  checkoutUrl: 'https://billing.example.com/checkout/sample',
  last4: '4242',
  brand: 'visa',
  expMonth: 12,
  expYear: 2040,
  metadata: null,
  timezone: null,
}

type Schema = {
  readonly type?: string | readonly string[]
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly format?: string
}

/** A payload of a type that nothing has caused: for tests of endpoints, and as an example in the reference. */
export function sampleOf(type: string): unknown {
  return madeUp('', z.toJSONSchema(eventDefinitions[type as EventType].data, { reused: 'inline' }) as Schema)
}

function madeUp(name: string, schema: Schema): unknown {
  if (name in values && schema.properties === undefined && schema.items === undefined) return values[name]
  const [first] = schema.anyOf ?? []
  if (first) return madeUp(name, first)
  if (schema.properties) {
    const entries = Object.entries(schema.properties).map(([field, of]) => [field, madeUp(field, of)])
    return Object.fromEntries(entries)
  }
  if (schema.items) return [madeUp('', schema.items)]
  if (schema.format === 'date-time') return day
  if (schema.type === 'number') return 100
  if (schema.type === 'boolean') return true
  return schema.type === 'object' ? {} : 'sample'
}
