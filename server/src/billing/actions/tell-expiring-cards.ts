import { isChargedFrom } from '#billing/card-use.ts'
import type { Tx } from '#database/transaction.ts'
import { queueMails } from '#mail/outbox.ts'
import type { Context } from '#organisations/org.ts'
import { cardEnd, isEnding, lastGoodDay, nextExpiryNotice } from '#payments/card-expiry.ts'
import { lockExpiring, saveExpiryNotices } from '#payments/payment-methods.store.ts'
import { findLiveSubscriptions } from '#subscriptions/subscriptions.store.ts'

export type ToldCards = {
  /** Cards whose notice was due, told or not. */
  readonly looked: number
  readonly customerIds: readonly string[]
}

/**
 * Tells customers that the card which pays for their subscription ends soon: of at most `limit` cards whose notice is due at
 * `context.now`, those that something will be charged to afterwards. A notice that comes too late is left out: nobody is told
 * of an end that has passed, nor twice at once.
 */
export async function tellExpiringCards(tx: Tx, context: Context, limit: number): Promise<ToldCards> {
  const { org, today, links } = context
  const cards = await lockExpiring(tx, org.id, today, limit)
  if (cards.length === 0) return { looked: 0, customerIds: [] }
  const subscriptions = await findLiveSubscriptions(
    tx,
    org.id,
    cards.map(({ customerId }) => customerId),
  )
  const mails = cards.flatMap((card) => {
    const subscription = subscriptions.get(card.customerId)
    if (!isEnding(card, today) || !subscription || !isChargedFrom(subscription, cardEnd(card))) return []
    const facts = {
      planName: subscription.name,
      paymentMethodId: card.id,
      brand: card.brand,
      last4: card.last4,
      goodUntil: lastGoodDay(card).toString(),
      updateUrl: links.cardUpdate(org.id, subscription.id),
    }
    return [{ customerId: card.customerId, content: { kind: 'card_expiring', facts } as const }]
  })
  await queueMails(tx, context, mails)
  await saveExpiryNotices(
    tx,
    org.id,
    cards.map((card) => ({ id: card.id, nextOn: nextExpiryNotice(card, today) })),
  )
  return { looked: cards.length, customerIds: mails.map(({ customerId }) => customerId) }
}
