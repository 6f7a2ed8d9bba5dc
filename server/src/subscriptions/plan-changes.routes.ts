import type { BillingServices } from '#billing/actions/take-steps.ts'
import { type Route, route } from '#http/operation.ts'
import { changePlan } from '#subscriptions/actions/finish-plan-change.ts'
import { previewDueChange } from '#subscriptions/actions/preview-plan-change.ts'
import { showAppliedChange, showCheckout } from '#subscriptions/actions/show-plan-change.ts'
import { changePlanOperation, previewChangeOperation } from '#subscriptions/plan-changes.contract.ts'
import { toApiApplied, toApiCheckout, toApiPreview, toApiScheduled } from '#subscriptions/plan-changes.view.ts'

const change = (services: BillingServices) =>
  route(changePlanOperation, async (db, context, { params, body }) => {
    const { livemode } = context.org
    const fields = { plan: 'newPlanId', interval: 'newBillingInterval' }
    const wanted = { planId: body.newPlanId, billingInterval: body.newBillingInterval, fields }
    const input = { id: params.id, wanted, successUrl: body.successUrl ?? null }
    const begun = await changePlan(services, context, input, async (tx, scheduled) => {
      await context.idempotency?.keep?.(tx, toApiScheduled(scheduled, livemode))
    })
    switch (begun.kind) {
      case 'immediate':
        return toApiApplied(await showAppliedChange(db, context, begun.changeId), livemode)
      case 'checkout': {
        const { subscriptionId, url } = await showCheckout(db, context, begun.changeId)
        return toApiCheckout(subscriptionId, url, livemode)
      }
      case 'scheduled':
        return toApiScheduled(begun.scheduled, livemode)
      default:
        return begun satisfies never
    }
  })

const preview = (services: BillingServices) =>
  route(previewChangeOperation, async (_db, context, { params, body }) => {
    const fields = { plan: 'planId', interval: 'billingInterval' }
    const input = { id: params.id, wanted: { planId: body.planId, billingInterval: body.billingInterval, fields } }
    return toApiPreview(await previewDueChange(services, context, input), context.now, context.org.livemode)
  })

export const planChangeRoutes = (services: BillingServices): Route[] => [change(services), preview(services)]
