import assert from 'node:assert/strict'
import { findPriceById } from '#catalogue/prices.store.ts'
import type { Db } from '#database/transaction.ts'
import type { DecidedChange } from '#subscriptions/actions/decide-plan-change.ts'
import { type AgreedDiscount, agreedTerms, inRegion, listedOffer } from '#subscriptions/selection.ts'
import { hadPaidSubscription, type SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/** The discount that a free customer's first paid plan begins with, and the same terms in canonical dollars, as they are kept. */
export type OfferOfChange = { readonly discount: AgreedDiscount | null; readonly agreed: string }

/**
 * The intro offer of the price that a free customer changes to. Earlier free subscriptions, the running one among them, do not
 * exclude it (subscriptions.md, Creating); one that ever left pending_payment for a paid plan or a trial does.
 */
export async function offerOfChange(
  db: Db,
  orgId: string,
  { customerId }: Pick<SubscriptionRecord, 'customerId'>,
  { price, region }: Pick<DecidedChange, 'price' | 'region'>,
): Promise<OfferOfChange> {
  const listed = price && (await findPriceById(db, orgId, price.id))
  assert(price && listed, 'a change to a paid plan has its price')
  const isNew = !(await hadPaidSubscription(db, orgId, customerId))
  const terms = { basePrice: listed.price, discount: isNew ? listedOffer(listed) : null }
  const local = region === null ? terms : inRegion(terms, price)
  return { discount: local.discount, agreed: agreedTerms(terms) }
}
