import { type Db, inTransaction } from '#database/transaction.ts'
import { newId } from '#id.ts'
import type { Context } from '#organisations/org.ts'
import { CannotUnseal } from '#organisations/sealing.ts'
import { requireEndpoint } from '#webhooks/actions/require-endpoint.ts'
import { insertAttempt, insertTest } from '#webhooks/deliveries.store.ts'
import { isDelivered } from '#webhooks/delivery.ts'
import { secretsOf, unsentReason } from '#webhooks/endpoint-signature.ts'
import { eventTypes } from '#webhooks/event-types.ts'
import { inVersion } from '#webhooks/event-versions.ts'
import { bodyOf, timestampOf } from '#webhooks/message-body.ts'
import type { Message, Sender, Sent } from '#webhooks/sender.ts'
import { signatureHeaders } from '#webhooks/signing.ts'
import type { WebhookServices } from '#webhooks/webhook-services.ts'

export type TestOutcome = Sent & {
  readonly isDelivered: boolean
  readonly deliveryId: string
  readonly type: string
  readonly deliveredAt: Temporal.Instant
}

/** Makes a payload of a type that nothing has caused. */
export type MakeSample = (type: string) => unknown

/** Sends a signed sample of the first event that an endpoint listens to, and tells what came of it. 404 webhook_not_found. */
export async function testEndpoint(
  db: Db,
  { org, now }: Context,
  { secrets, sender, machineNow }: WebhookServices,
  { id, sampleOf }: { readonly id: string; readonly sampleOf: MakeSample },
): Promise<TestOutcome> {
  const endpoint = await requireEndpoint(db, org.id, id)
  const [first] = endpoint.events
  const type = first === undefined || first === '*' ? eventTypes[0] : first
  const data = inVersion(endpoint.apiVersion, type, sampleOf(type))
  const event = { id: newId('whev'), type, occurredAt: now, data }
  const body = bodyOf(event, org, endpoint.apiVersion)
  const startedAt = machineNow()
  const message = (): Message => {
    const signed = { eventId: event.id, type, timestamp: timestampOf(event), body }
    const headers = signatureHeaders(signed, secretsOf(endpoint, secrets.open, startedAt), { number: 1, at: startedAt })
    return { url: endpoint.url, livemode: org.livemode, headers: { ...headers, 'x-halley-test': 'true' }, body }
  }
  const sent = await sendIfSigned(sender, message)
  const isGood = isDelivered(sent.reply)
  const deliveryId = newId('whd')
  const endedAt = machineNow()
  await inTransaction(db, async (tx) => {
    const state = isGood ? 'delivered' : 'failed'
    await insertTest(tx, org.id, { id: deliveryId, endpointId: id, eventId: event.id, type, state }, endedAt)
    await insertAttempt(tx, {
      orgId: org.id,
      deliveryId,
      number: 1,
      startedAt,
      durationMs: sent.durationMs,
      status: 'status' in sent.reply ? sent.reply.status : null,
      error: 'error' in sent.reply ? sent.reply.error : null,
      response: sent.response,
    })
  })
  return { ...sent, isDelivered: isGood, deliveryId, type, deliveredAt: endedAt }
}

// A secret whose key the server has lost is what a test should find out.
async function sendIfSigned(sender: Sender, make: () => Message): Promise<Sent> {
  try {
    return await sender.send(make())
  } catch (error) {
    if (!(error instanceof CannotUnseal)) throw error
    return { reply: { error: unsentReason(error) }, response: null, durationMs: 0 }
  }
}
