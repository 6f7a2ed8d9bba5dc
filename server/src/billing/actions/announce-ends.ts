import { addonPrices } from '#billing/actions/addon-bases.ts'
import type { Due } from '#billing/actions/gather-due.ts'
import { nextPrice } from '#billing/actions/next-price.ts'
import { atPeriodEnd } from '#billing/actions/scheduled-change.ts'
import type { Catalogue } from '#billing/catalogue.ts'
import { discountOn } from '#billing/charges/discount.ts'
import { announcedEnd, nextDue } from '#billing/next-due.ts'
import { runningDiscount } from '#billing/running-discount.ts'
import { publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { line } from '#invoicing/invoice-draft.ts'
import type { NewMail } from '#mail/mail.store.ts'
import { queueMails } from '#mail/outbox.ts'
import { units } from '#money/quantity.ts'
import type { Context } from '#organisations/org.ts'
import { findActiveAddons, type SubscriptionAddon } from '#subscriptions/addons.store.ts'
import { markReminded, type SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import type { BillingInterval } from '#time/interval.ts'
import { startInstant } from '#time/period.ts'
import { type Happening, recordEvents } from '#webhooks/outbox.ts'

/**
 * One due step of each of some subscriptions: the end of their trial or period is announced, once (billing.md, Trials). The
 * next step is the end of the window itself.
 */
export async function announceEnds(
  tx: Tx,
  context: Context,
  dues: readonly Due[],
  catalogue: Catalogue,
): Promise<void> {
  if (dues.length === 0) return
  const addons = await findActiveAddons(
    tx,
    context.org.id,
    dues.map(({ subscription }) => subscription.id),
  )
  const happenings: Happening[] = []
  const mails: NewMail[] = []
  const reminded: Parameters<typeof markReminded>[2][number][] = []
  for (const { subscription, customer } of dues) {
    const remindedOn = announcedEnd(subscription)
    if (remindedOn === null) continue
    const plan = await catalogue.plan(tx, subscription.planId)
    const about = {
      subscriptionId: subscription.id,
      customerId: publicCustomerId(customer),
      status: subscription.status,
      planId: subscription.planId,
      planName: plan?.name ?? subscription.name,
    }
    const end = `${remindedOn.toString()}T00:00:00.000Z`
    happenings.push(
      subscription.status === 'trialing'
        ? { type: 'trial.will_end', customerId: customer.id, data: { ...about, trialEndsAt: end } }
        : {
            type: 'invoice.upcoming',
            customerId: customer.id,
            data: { ...about, billingInterval: subscription.billingInterval, currentPeriodEnd: end },
          },
    )
    mails.push(
      ...(await mailOf(tx, subscription, about.planName, remindedOn, addons.get(subscription.id) ?? [], catalogue)),
    )
    const dueAt = nextDue({ ...subscription, remindedOn }, context.now)
    reminded.push({ id: subscription.id, remindedOn, dueAt })
  }
  await recordEvents(tx, context, happenings)
  await queueMails(tx, context, mails)
  await markReminded(tx, context.org.id, reminded)
}

/** Periods so long that a customer may have forgotten their renewal. */
const isLong = (interval: BillingInterval | null) => interval === 'quarterly' || interval === 'yearly'

// Customers are told what it will cost before usage: at the end of every trial, and of long periods. A change that is scheduled
// for then is part of it.
async function mailOf(
  tx: Tx,
  running: SubscriptionRecord,
  runningPlan: string,
  on: Temporal.PlainDate,
  addons: readonly SubscriptionAddon[],
  catalogue: Catalogue,
): Promise<NewMail[]> {
  const { customerId, status, billingInterval, priceId } = running
  if (priceId === null || (status !== 'trialing' && !isLong(billingInterval))) return []
  const { switched } = await atPeriodEnd(tx, running, catalogue, startInstant(on))
  const subscription = switched?.subscription ?? running
  const planName = switched?.to.name ?? runningPlan
  const price =
    subscription.priceId === null ? 0n : (await nextPrice(tx, subscription, catalogue, startInstant(on))).price
  const priced = await addonPrices(tx, subscription, addons, catalogue, startInstant(on))
  const amount = priced.reduce((sum, addon) => sum + addon.price, discounted(subscription, price))
  const cost = { planName, amount: amount.toString(), currency: subscription.currency }
  const content =
    status === 'trialing'
      ? ({ kind: 'trial_will_end', facts: { ...cost, endsOn: on.toString() } } as const)
      : ({ kind: 'renewal_reminder', facts: { ...cost, renewsOn: on.toString() } } as const)
  return [{ customerId, content }]
}

function discounted(subscription: SubscriptionRecord, price: bigint): bigint {
  const discount = runningDiscount(subscription)
  if (!discount) return price
  const base = line({ lineType: 'plan_base', description: '', quantity: units(1), unitAmount: price, amount: price })
  return price + discountOn(base, discount).amount
}
