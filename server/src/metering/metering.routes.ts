import { Answer, type Route, route } from '#http/operation.ts'
import { checkUsage } from '#metering/actions/check-usage.ts'
import { listFeatureAccess, readFeatureAccess } from '#metering/actions/read-feature-access.ts'
import { setUsage } from '#metering/actions/set-usage.ts'
import { trackUsage } from '#metering/actions/track-usage.ts'
import { trackUsageBatch } from '#metering/actions/track-usage-batch.ts'
import { getFeatureAccessOperation, listFeatureAccessOperation } from '#metering/feature-access.contract.ts'
import { toApiFeatureAccess, toApiFeatureLookup } from '#metering/feature-access.view.ts'
import type { Metering } from '#metering/metering.ts'
import {
  checkUsageOperation,
  setUsageOperation,
  trackUsageBatchOperation,
  trackUsageOperation,
} from '#metering/usage.contract.ts'
import { toApiUsageAdjustment, toApiUsageBatch, toApiUsageCheck, toApiUsageEvent } from '#metering/usage.view.ts'
import { readReport } from '#metering/usage-batch.routes.ts'

/** Usage and feature access. They keep their own connections and caches; only setting usage uses the handle of the request. */
export function meteringRoutes({ metering }: { readonly metering: Metering }): Route[] {
  return [
    route(trackUsageOperation, async (_, context, { body }) => {
      const { event, isReplay } = await trackUsage(metering, context, body)
      return new Answer(toApiUsageEvent(event, context.org), 201, isReplay)
    }),
    route(trackUsageBatchOperation, async (_, context, { body }) => {
      const entries = await trackUsageBatch(metering, context, body.events, readReport)
      return toApiUsageBatch(entries, context.links)
    }),
    route(setUsageOperation, async (tx, context, { body }) => {
      const { idempotencyKey = null, reason = null, ...asked } = body
      const set = await setUsage(tx, context, { ...asked, idempotencyKey, reason }, metering.machineNow())
      return toApiUsageAdjustment(set, context.org)
    }),
    route(checkUsageOperation, async (_, context, { body }) =>
      toApiUsageCheck(await checkUsage(metering, context, body)),
    ),
    route(listFeatureAccessOperation, async (_, context, { query }) => {
      const states = await listFeatureAccess(metering, context, query.customerId)
      return { items: states.map((state) => toApiFeatureAccess(state, context.org.livemode)), next: null }
    }),
    route(getFeatureAccessOperation, async (_, context, { params, query }) => {
      const answer = await readFeatureAccess(metering, context, query.customerId, params.code)
      return toApiFeatureLookup(answer, query.action === 'canUse', context.org.livemode)
    }),
  ]
}
