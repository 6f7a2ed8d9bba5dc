import assert from 'node:assert/strict'
import type { ConsumptionModel } from '#catalogue/plan.ts'
import { publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { mailGrant } from '#metering/actions/mail-grant.ts'
import { tellThreshold } from '#metering/actions/tell-threshold.ts'
import { type Adjustment, decideAdjustment } from '#metering/adjustment.ts'
import { fullOf, heldIn, type LedgerModel } from '#metering/ledger.ts'
import { type AccountRecord, enterMovements } from '#metering/ledger-accounts.store.ts'
import { capsInForce, mostOverdraft } from '#metering/spend-cap.ts'
import { findCaps } from '#metering/spend-caps.store.ts'
import { thresholdPassed } from '#metering/thresholds.ts'
import { currency } from '#money/currency.ts'
import type { Rate } from '#money/rate.ts'
import type { Context } from '#organisations/org.ts'
import { invalidField, Problem } from '#problem.ts'
import { lockFunded } from '#subscriptions/actions/lock-funded.ts'
import { hasAccess } from '#subscriptions/subscription.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { recordEvent } from '#webhooks/outbox.ts'

export type AdjustmentInput = {
  readonly id: string
  /** Credits, or rate scale for a balance; never 0. */
  readonly amount: bigint
  readonly reason: string | null
  readonly type: LedgerModel | undefined
}

/**
 * Corrects what a subscription holds (metering.md, Credits and balance ledgers); returns what it holds then. 422 for a model
 * that is not the plan's, 409 subscription_not_active, 402 insufficient_credits and insufficient_balance.
 */
export async function adjustBalance(tx: Tx, context: Context, input: AdjustmentInput): Promise<bigint> {
  const { subscription, customer, account } = await lockFunded(tx, context, input.id)
  if (!hasAccess(subscription.status)) {
    throw new Problem('subscription_not_active', `The subscription ${subscription.id} is ${subscription.status}.`)
  }
  const model = modelOf(account?.model ?? 'metered', input.type)
  assert(account, `subscription ${subscription.id} draws on an account`)
  const overdraftCap = await overdraftCapOf(tx, context.org.id, subscription)
  const decision = decideAdjustment(model, account, input.amount, input.reason, overdraftCap)
  if (decision.kind === 'refused') throw refusal(decision, model, account)
  const { before, full } = { before: heldIn(model, account), full: fullOf(model, account) }
  const withdrawal = { model, before, after: decision.held, full, lowTold: account.lowTold }
  const threshold = input.amount < 0n ? thresholdPassed(withdrawal) : null
  await enterMovements(tx, context.org.id, account, [decision.movement], {
    at: context.now,
    changes: {
      ...(threshold === 'credits.low' ? { lowTold: true } : {}),
      ...(model === 'balance' && input.amount > 0n ? { lastRefill: decision.held } : {}),
    },
  })
  const owner = ownerOf(subscription, publicCustomerId(customer))
  if (threshold) await tellThreshold(tx, context, owner, threshold, withdrawal)
  if (model === 'credits' && input.amount > 0n) {
    await recordEvent(tx, context, 'credits.granted', customer.id, {
      subscriptionId: subscription.id,
      customerId: owner.shownCustomerId,
      credits: Number(input.amount),
      reason: 'manual_adjustment',
    })
  }
  if (input.amount > 0n) {
    await mailGrant(tx, context, subscription, { model, added: input.amount, held: decision.held })
  }
  return decision.held
}

// What is taken would be billed like usage when the window ends, so a spend cap holds for it too.
async function overdraftCapOf(tx: Tx, orgId: string, subscription: SubscriptionRecord): Promise<Rate | null> {
  const { total } = capsInForce(await findCaps(tx, orgId, [subscription.id]))
  return total === null ? null : mostOverdraft(total, currency(subscription.currency))
}

function modelOf(model: ConsumptionModel, type: LedgerModel | undefined): LedgerModel {
  if (model === 'metered') throw invalidField('type', 'The plan draws neither on credits nor on a balance.')
  if (type === undefined || type === model) return model
  throw invalidField('type', `The plan draws on ${model === 'credits' ? 'credits' : 'a balance'}, not on ${type}.`)
}

function refusal(
  { code }: Extract<Adjustment, { kind: 'refused' }>,
  model: LedgerModel,
  account: AccountRecord,
): Problem {
  if (code === 'too_much') return invalidField('amount', 'That is more than can be held.')
  const held = heldIn(model, account)
  const what = model === 'credits' ? `There are ${held} credits.` : `The balance is ${held} on the rate scale.`
  const reserved = account.reserved === 0n ? '' : ` ${account.reserved} of it is reserved.`
  return new Problem(code, `${what}${reserved} It cannot fall below zero.`)
}

function ownerOf({ id, customerId, currency }: SubscriptionRecord, shownCustomerId: string) {
  return { subscriptionId: id, customerId, shownCustomerId, currency }
}
