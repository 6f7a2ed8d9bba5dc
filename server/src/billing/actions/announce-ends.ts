import type { Due } from '#billing/actions/gather-due.ts'
import type { Catalogue } from '#billing/catalogue.ts'
import { announcedEnd, nextDue } from '#billing/next-due.ts'
import { publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { markReminded } from '#subscriptions/subscriptions.store.ts'
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
  const happenings: Happening[] = []
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
    const dueAt = nextDue({ ...subscription, remindedOn }, context.now)
    reminded.push({ id: subscription.id, remindedOn, dueAt })
  }
  await recordEvents(tx, context, happenings)
  await markReminded(tx, context.org.id, reminded)
}
