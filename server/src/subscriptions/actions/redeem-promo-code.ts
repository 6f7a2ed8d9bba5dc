import assert from 'node:assert/strict'
import { hasRoom } from '#catalogue/promo-code.ts'
import { countUses, lockPromoCode } from '#catalogue/promo-codes.store.ts'
import type { Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import {
  deleteHeld,
  findRedemption,
  insertHeld,
  insertRedeemed,
  markRedeemed,
  type RedemptionKey,
} from '#subscriptions/promo-redemptions.store.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/**
 * Holds a place for the code a locked subscription carries, before its payment is begun: whoever is shown a discount and pays
 * gets it. False when others took the last place meanwhile.
 */
export async function holdPromoCode(tx: Tx, { org, now }: Context, subscription: SubscriptionRecord): Promise<boolean> {
  const key = carriedCode(subscription)
  if (!key) return true
  const own = await findRedemption(tx, org.id, key)
  if (own) return own.subscriptionId === subscription.id
  const promo = await lockPromoCode(tx, org.id, key.promoCodeId)
  assert(promo, `promo code ${key.promoCodeId} exists`)
  if (!hasRoom(promo)) return false
  await insertHeld(tx, org.id, { ...key, subscriptionId: subscription.id }, now)
  await countUses(tx, org.id, promo.id, { held: 1, redeemed: 0 })
  return true
}

/** The checkout is paid: what was held counts for ever. A checkout after a trial finds its code redeemed by the trial's. */
export async function redeemPromoCode(tx: Tx, { org, now }: Context, subscription: SubscriptionRecord): Promise<void> {
  const key = carriedCode(subscription)
  if (!key) return
  const own = await findRedemption(tx, org.id, key)
  assert(own?.subscriptionId === subscription.id, `the payment of ${subscription.id} has held its promo code`)
  if (own.state === 'redeemed') return
  await lockPromoCode(tx, org.id, key.promoCodeId)
  await markRedeemed(tx, org.id, key, now)
  await countUses(tx, org.id, key.promoCodeId, { held: -1, redeemed: 1 })
}

/**
 * The invoice of a checkout was settled outside: the code that is on it counts once. Whoever has paid has the discount, also when
 * others took the last place while nothing was held for it.
 */
export async function redeemSettledOutside(
  tx: Tx,
  { org, now }: Context,
  subscription: SubscriptionRecord,
): Promise<void> {
  const key = carriedCode(subscription)
  if (!key || (await findRedemption(tx, org.id, key))) return
  const promo = await lockPromoCode(tx, org.id, key.promoCodeId)
  assert(promo, `promo code ${key.promoCodeId} exists`)
  const beyondCap = !hasRoom(promo)
  await insertRedeemed(tx, org.id, { ...key, subscriptionId: subscription.id, beyondCap }, now)
  await countUses(tx, org.id, promo.id, { held: 0, redeemed: beyondCap ? 0 : 1, honoured: beyondCap ? 1 : 0 })
}

/** The payment failed: its place is free for others until the customer tries again. */
export async function releasePromoCode(
  tx: Tx,
  { org }: Context,
  subscription: SubscriptionRecord | undefined,
): Promise<void> {
  const key = subscription && carriedCode(subscription)
  if (!key) return
  const own = await findRedemption(tx, org.id, key)
  if (own?.state !== 'held' || own.subscriptionId !== subscription.id) return
  await lockPromoCode(tx, org.id, key.promoCodeId)
  await deleteHeld(tx, org.id, key)
  await countUses(tx, org.id, key.promoCodeId, { held: -1, redeemed: 0 })
}

function carriedCode({ discountKind, promoCodeId, customerId }: SubscriptionRecord): RedemptionKey | null {
  return discountKind === 'promo_code' && promoCodeId !== null ? { promoCodeId, customerId } : null
}
