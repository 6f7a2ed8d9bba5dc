import { createHmac } from 'node:crypto'

/** What is sent of one event to one endpoint in one attempt. */
export type Signed = {
  readonly eventId: string
  readonly type: string
  /** The event's own time, ISO 8601. */
  readonly timestamp: string
  readonly body: string
}

/** The secret now, and those before that still hold, the newest first. All are `whsec_…`. */
export type Secrets = { readonly current: string; readonly previous: readonly string[] }

/**
 * The headers of an attempt, in both schemes. Standard Webhooks takes several signatures, so during an overlap all secrets
 * sign. `X-Commet-Signature` holds one: attempts take turns, the newest secret first, so that a receiver that knows only one of
 * two gets every event at the latest with the first retry.
 */
export function signatureHeaders(
  { eventId, type, timestamp, body }: Signed,
  { current, previous }: Secrets,
  { number, at }: { readonly number: number; readonly at: Temporal.Instant },
): Record<string, string> {
  const second = String(Math.floor(at.epochMilliseconds / 1000))
  const content = `${eventId}.${second}.${body}`
  const standard = [current, ...previous]
  const whole = standard[(number - 1) % standard.length] ?? current
  return {
    'content-type': 'application/json',
    'user-agent': 'Halley-Webhooks/1.0',
    'x-commet-signature': createHmac('sha256', whole).update(body).digest('hex'),
    'x-commet-event': type,
    'x-commet-timestamp': timestamp,
    'x-commet-event-id': eventId,
    'webhook-id': eventId,
    'webhook-timestamp': second,
    'webhook-signature': standard.map((secret) => `v1,${standardSignature(secret, content)}`).join(' '),
  }
}

// Keyed with the bytes that the secret's text encodes, as the Standard Webhooks say.
function standardSignature(secret: string, content: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  return createHmac('sha256', key).update(content).digest('base64')
}
