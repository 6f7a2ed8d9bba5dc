import Stripe from 'stripe'

/** A notification of Stripe, as far as it is read. `object` is what it is about; its state is asked for anew. */
export type StripeNotification = {
  readonly id: string
  readonly type: string
  readonly livemode: boolean
  readonly object: { readonly id: string; readonly metadata: Readonly<Record<string, string>> }
}

/** The notification was not signed by Stripe with this secret, or is older than five minutes. */
export class ForgedNotification extends Error {
  override readonly name = 'ForgedNotification'
}

/** Checks the signature and reads the notification. Throws {@link ForgedNotification}. */
export async function readStripeNotification(
  body: string,
  signature: string,
  webhookSecret: string,
): Promise<StripeNotification> {
  let event: Stripe.Event
  try {
    event = await Stripe.webhooks.constructEventAsync(body, signature, webhookSecret)
  } catch (error) {
    throw new ForgedNotification('This was not signed by Stripe.', { cause: error })
  }
  const object = event.data.object as { id?: string; metadata?: Record<string, string> | null }
  return {
    id: event.id,
    type: event.type,
    livemode: event.livemode,
    object: { id: object.id ?? '', metadata: object.metadata ?? {} },
  }
}
