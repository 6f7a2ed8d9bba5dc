import * as z from 'zod'
import { customerEvents } from '#webhooks/customer-events.contract.ts'
import type { EventType } from '#webhooks/event-types.ts'
import { paymentEvents } from '#webhooks/payment-events.contract.ts'
import { subscriptionEvents } from '#webhooks/subscription-events.contract.ts'
import type { EventDefinition } from '#webhooks/told-event.contract.ts'

/** Every event, once: types, the payloads' order, the published reference and the tests come from here. */
export const eventDefinitions: Readonly<Record<EventType, EventDefinition>> = {
  ...subscriptionEvents,
  ...paymentEvents,
  ...customerEvents,
}

/** What is sent around a payload. */
export function envelopeOf(type: EventType): z.ZodObject {
  return z.object({
    id: z.string().meta({ description: 'Public id, starts with `whev_`: the same for every endpoint and attempt.' }),
    event: z.literal(type),
    timestamp: z.iso.datetime().meta({ description: "When it happened, in the organisation's time." }),
    organizationId: z.string(),
    mode: z.enum(['live', 'sandbox']),
    apiVersion: z.string().meta({ description: "The version that the payload has: the endpoint's." }),
    data: eventDefinitions[type].data,
  })
}

/** The payload in its published order, or what is wrong with it. */
export function readData(type: EventType, data: unknown): { readonly data: unknown } | { readonly wrong: string } {
  const read = eventDefinitions[type].data.safeParse(data)
  return read.success ? { data: read.data } : { wrong: z.prettifyError(read.error) }
}
