import type { Plan } from '#catalogue/plan.ts'
import { findPlansById } from '#catalogue/plans.store.ts'
import { publicCustomerId } from '#customers/customer.ts'
import { findCustomersById } from '#customers/customers.store.ts'
import type { Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { planChangeRevokedData } from '#subscriptions/plan-change-events.ts'
import { dropScheduledTo } from '#subscriptions/subscriptions.store.ts'
import { type Happening, recordEvents } from '#webhooks/outbox.ts'

/** Subscriptions whose events are written by one statement. */
const toldAtOnce = 500

/** Drops every change of plan that is scheduled to lead to a plan, `subscription.plan_change_revoked` for each. */
export async function revokeScheduled(tx: Tx, context: Context, plan: Plan): Promise<void> {
  const { org, now } = context
  const dropped = await dropScheduledTo(tx, org.id, plan.id, now)
  for (let start = 0; start < dropped.length; start += toldAtOnce) {
    const some = dropped.slice(start, start + toldAtOnce)
    const customerIds = some.map(({ subscription }) => subscription.customerId)
    const customers = await findCustomersById(tx, org.id, customerIds)
    const planIds = [...new Set(some.map(({ subscription }) => subscription.planId))]
    const plans = await findPlansById(tx, org.id, planIds)
    const happenings = some.flatMap(({ subscription, billingInterval }): Happening[] => {
      const [customer, current] = [customers.get(subscription.customerId), plans.get(subscription.planId)]
      if (!customer || !current) return []
      const about = { subscription, customerId: publicCustomerId(customer) }
      const data = planChangeRevokedData(about, current, { plan, billingInterval })
      return [{ type: 'subscription.plan_change_revoked', customerId: customer.id, data }]
    })
    await recordEvents(tx, context, happenings)
  }
}
