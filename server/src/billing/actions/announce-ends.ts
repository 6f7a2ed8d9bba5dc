import { forecastRenewal } from '#billing/actions/forecast-renewal.ts'
import type { Due } from '#billing/actions/gather-due.ts'
import type { Catalogue } from '#billing/catalogue.ts'
import { announcedEnd, nextDue } from '#billing/next-due.ts'
import { publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import type { NewMail } from '#mail/mail.store.ts'
import { queueMails } from '#mail/outbox.ts'
import type { Context } from '#organisations/org.ts'
import { findActiveAddons, type SubscriptionAddon } from '#subscriptions/addons.store.ts'
import { markReminded } from '#subscriptions/subscriptions.store.ts'
import type { BillingInterval } from '#time/interval.ts'
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
  for (const due of dues) {
    const { subscription, customer } = due
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
      ...(await mailOf(
        tx,
        context,
        due,
        { runningPlan: about.planName, on: remindedOn, addons: addons.get(subscription.id) ?? [] },
        catalogue,
      )),
    )
    const dueAt = nextDue({ ...subscription, remindedOn }, context.now)
    reminded.push({ id: subscription.id, remindedOn, dueAt })
  }
  await recordEvents(tx, context, happenings)
  await queueMails(tx, context, mails)
  await markReminded(tx, context.org.id, reminded)
}

/** An end that is announced, and the add-ons that are active. */
type Announced = {
  readonly runningPlan: string
  readonly on: Temporal.PlainDate
  readonly addons: readonly SubscriptionAddon[]
}

/** Periods so long that a customer may have forgotten their renewal. */
const isLong = (interval: BillingInterval | null) => interval === 'quarterly' || interval === 'yearly'

// Customers are told what it will cost before usage: at the end of every trial, and of long periods. A change that is scheduled
// for then is part of it.
async function mailOf(
  tx: Tx,
  context: Context,
  due: Due,
  { runningPlan, on, addons }: Announced,
  catalogue: Catalogue,
): Promise<NewMail[]> {
  const { customerId, status, billingInterval, priceId, currency } = due.subscription
  if (priceId === null || (status !== 'trialing' && !isLong(billingInterval))) return []
  const { amount, switched } = await forecastRenewal(tx, context, due, addons, catalogue)
  const cost = { planName: switched?.to.name ?? runningPlan, amount: amount.toString(), currency }
  const content =
    status === 'trialing'
      ? ({ kind: 'trial_will_end', facts: { ...cost, endsOn: on.toString() } } as const)
      : ({ kind: 'renewal_reminder', facts: { ...cost, renewsOn: on.toString() } } as const)
  return [{ customerId, content }]
}
