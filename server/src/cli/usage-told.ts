import { ask, type RunningServer } from '#cli/running-server.ts'

/** The one event that is recorded only while somebody has asked for it. */
export const singleUse = 'usage.recorded'

/** Why `usage.recorded` is silent, and what helps. */
export const usageIsSilent = 'usage.recorded is told only while an endpoint that is on names it, and none does.'
export const usageIsHeardBy =
  'Make one whose events name it: POST /api/v1/webhooks {"url": …, "events": ["usage.recorded"]}.'

/** Whether a side records each single use: an endpoint that is on names it. */
export async function isUsageTold(server: RunningServer): Promise<boolean> {
  const { data } = await ask(server, 'GET', '/api/v1/webhooks?limit=100')
  const endpoints = data as { readonly isActive: boolean; readonly events: readonly string[] }[]
  return endpoints.some(({ isActive, events }) => isActive && events.includes(singleUse))
}
