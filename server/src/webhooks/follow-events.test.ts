import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { newId } from '#id.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { followEvents } from '#webhooks/follow-events.ts'
import { Later } from '../../test/support/webhooks.ts'
import { createWorld } from '../../test/support/world.ts'

const world = await createWorld()
after(() => world.close())

test('whoever follows hears of everything once, also after a quiet while', async () => {
  const org = await findOrg(world.db, world.orgId)
  assert(org)
  const later = new Later()
  const stop = new AbortController()
  const { secrets } = world.app.services.webhooks
  const asked = { after: newId('whev'), apiVersion: '2026-07-11', signal: stop.signal }
  const heard: string[] = []
  const following = (async () => {
    for await (const events of followEvents(world.db, org, { secrets, machineNow: later.now }, asked)) {
      heard.push(...events.map(({ body }) => JSON.parse(body).data.externalId))
    }
  })()
  await world.client.customers.create({ id: 'first', email: 'first@example.com' })
  await wait(600)
  later.ms = 20_000
  await world.client.customers.create({ id: 'second', email: 'second@example.com' })
  await wait(600)
  later.ms = 60_000
  await wait(1_000)
  stop.abort()
  await following
  assert.deepEqual(heard, ['first', 'second'])
})
