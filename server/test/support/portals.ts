import assert from 'node:assert/strict'
import { createLinks, signingKey } from '#links.ts'
import type { Story } from './billing-stories.ts'
import { visit } from './checkouts.ts'
import { type Answer, testSecret, type World } from './world.ts'

/** The token of a link to the portal of a customer, by their own id. */
export async function portalOf(world: World, customerId: string, returnUrl?: string): Promise<string> {
  const { data } = await world.client.portal.getUrl({ customerId, ...(returnUrl === undefined ? {} : { returnUrl }) })
  assert(data)
  return new URL(data.portalUrl).pathname.split('/').at(-1) ?? ''
}

/** Where a contract is withdrawn from: a subscription, or a purchase by its invoice. */
export function withdrawalPath(world: World, contractId: string): string {
  return new URL(createLinks(world.url, signingKey(testSecret)).withdrawal(world.orgId, contractId)).pathname
}

/** The JSON API of a portal. */
export function portal(world: World, method: string, path: string, body?: unknown, key?: string): Promise<Answer> {
  const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key }
  return world.request(method, `/hosted/v1/portal/${path}`, { key: null, body, headers })
}

/** Presses a button of the page: the form's hidden fields go with it, as a browser would send them. */
export async function press(
  world: World,
  token: string,
  action: string,
  typed: Record<string, string> = {},
): Promise<Answer> {
  const shown = await visit(world, `/portal/${token}`)
  return visit(world, `/portal/${token}/${action}`, { ...hiddenFields(shown.body, action), ...typed })
}

/** The hidden fields of the first form of a page with this action. */
export function hiddenFields(page: string, action: string): Record<string, string> {
  const [, form = ''] = new RegExp(`<form[^>]*action="[^"]*/${action}\\?[^"]*"[^>]*>(.*?)</form>`, 's').exec(page) ?? []
  const inputs = form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)
  return Object.fromEntries([...inputs].map(([, name = '', value = '']) => [name, value]))
}

/** Ends or ages a session: what real time would do. */
export async function age(story: Story, minutes: { idle?: number; open?: number }): Promise<void> {
  const row = await story.world.db.selectFrom('portal_session').selectAll().executeTakeFirstOrThrow()
  const changes = {
    ...(minutes.idle === undefined ? {} : { last_seen_at: row.last_seen_at.subtract({ minutes: minutes.idle }) }),
    ...(minutes.open === undefined ? {} : { opened_at: row.opened_at.subtract({ minutes: minutes.open }) }),
  }
  await story.world.db.updateTable('portal_session').set(changes).execute()
}
