import { type ChosenPlan, planFields } from '#hosted/actions/describe-portal-plans.ts'
import type { OpenedPortal, PortalServices } from '#hosted/portal-access.ts'
import { orConfirm } from '#hosted/portal-confirmations.ts'
import { shownSubscription } from '#hosted/portal-payments.ts'
import type { RequestKey } from '#http/idempotency.ts'
import type { Context } from '#organisations/org.ts'
import { changePlan } from '#subscriptions/actions/finish-plan-change.ts'
import { showCheckout } from '#subscriptions/actions/show-plan-change.ts'

/**
 * Changes the plan, once per key. Gives the bank's page where the stored card's bank asks, the checkout where a free customer pays first,
 * null where it is done or scheduled.
 */
export async function changePortalPlan(
  services: PortalServices,
  portal: OpenedPortal,
  { planId, billingInterval }: ChosenPlan,
  key: RequestKey | null,
): Promise<string | null> {
  const { id } = await shownSubscription(services, portal)
  const context: Context = { ...portal.context, idempotency: key, isCustomerPresent: true }
  const { org, links } = context
  const successUrl = `${links.portal(org.id, portal.id)}?done=change-plan`
  const wanted = { planId, billingInterval, fields: planFields }
  let checkoutUrl: string | null = null
  const confirmation = await orConfirm(portal, async () => {
    const begun = await changePlan(services, context, { id, wanted, successUrl })
    if (begun.kind === 'checkout') checkoutUrl = (await showCheckout(services.db, context, begun.changeId)).url
  })
  return confirmation ?? checkoutUrl
}
