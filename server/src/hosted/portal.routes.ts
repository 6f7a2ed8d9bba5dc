import { requestPortalAccess } from '#hosted/actions/request-portal-access.ts'
import { requestPortalAccessOperation } from '#hosted/portal.contract.ts'
import { type Route, route } from '#http/operation.ts'
import { machineNow } from '#time/clock.ts'

const requestAccess = route(requestPortalAccessOperation, async (tx, context, { body }) => {
  const { email, customerId, returnUrl } = body
  const portalUrl = await requestPortalAccess(tx, context, { email, customerId, returnUrl, machineNow: machineNow() })
  return { portalUrl, object: 'portal_session' as const, livemode: context.org.livemode }
})

export const portalRoutes: readonly Route[] = [requestAccess]
