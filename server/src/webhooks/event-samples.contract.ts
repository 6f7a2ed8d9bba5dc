import * as z from 'zod'
import { type EventType, eventTypes } from '#webhooks/event-types.ts'
import { envelopeOf, eventDefinitions } from '#webhooks/events.contract.ts'

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
  readonly $ref?: string
}
type Definitions = Readonly<Record<string, Schema>>

/** A payload of a type that nothing has caused: for tests of endpoints, and as an example in the reference. */
export function sampleOf(type: string): unknown {
  const schema = z.toJSONSchema(eventDefinitions[type as EventType].data) as Schema & { $defs?: Definitions }
  return madeUp('', schema, schema.$defs ?? {})
}

/** Every event as the reference shows it. */
export function publishedEvents() {
  return eventTypes.map((type) => ({
    type,
    summary: eventDefinitions[type].summary,
    message: envelopeOf(type),
    example: {
      id: 'whev_00000000000000000000000000',
      event: type,
      timestamp: day,
      organizationId: 'org_00000000000000000000000000',
      mode: 'sandbox',
      apiVersion: '2026-07-11',
      data: sampleOf(type),
    },
  }))
}

function madeUp(name: string, schema: Schema, definitions: Definitions): unknown {
  const [first] = schema.anyOf ?? []
  if (first) return madeUp(name, first, definitions)
  const referred = schema.$ref && definitions[schema.$ref.replace('#/$defs/', '')]
  if (referred) return madeUp('', referred, definitions)
  if (schema.properties) {
    const entries = Object.entries(schema.properties).map(([field, of]) => [field, madeUp(field, of, definitions)])
    return Object.fromEntries(entries)
  }
  if (schema.items) return [madeUp('', schema.items, definitions)]
  if (name in values) return values[name]
  if (schema.format === 'date-time') return day
  if (schema.type === 'number' || schema.type?.includes('number')) return 100
  if (schema.type === 'boolean' || schema.type?.includes('boolean')) return true
  return schema.type === 'object' ? {} : 'sample'
}
