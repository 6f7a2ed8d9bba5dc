import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { killChildren, startChild } from '../support/children.ts'
import { unbalancedPools } from '../support/reservations.ts'
import { countersAndEvents } from '../support/usage.ts'
import { freePlan, subscribe } from '../support/usage-stories.ts'
import { createWorld, type World } from '../support/world.ts'

after(killChildren)

async function send(world: World, url: string, path: string, body: Record<string, unknown>) {
  const response = await fetch(`${url}/api/v1/usage/reservations${path}`, {
    method: 'POST',
    headers: { 'x-api-key': world.sandboxKey, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const { data, error } = (await response.json()) as { data?: { id: string }; error?: { code: string } }
  return data?.id ?? error?.code ?? ''
}

const sandbox = async ({ db, orgId }: World) =>
  db.selectFrom('side').selectAll().where('org_id', '=', orgId).executeTakeFirstOrThrow()

test('two servers: 60 parallel reservations of 3 units on 100 hold exactly 33', { timeout: 60_000 }, async () => {
  const world = await createWorld()
  const second = await startChild(world, { role: 'api' })
  try {
    const plan = await freePlan(world, { images: { type: 'usage', includedAmount: 100 } })
    const { externalId: customerId } = await subscribe(world, plan)
    const ask = { customerId, featureCode: 'images', quantity: 3 }
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) => send(world, index % 2 === 0 ? world.url : second.url, '', ask)),
    )
    assert.equal(answers.filter((answer) => answer.startsWith('rsv_')).length, 33)
    assert.equal(answers.filter((answer) => answer === 'included_limit_reached').length, 27)
  } finally {
    await second.kill()
    await world.close()
  }
})

test('a server killed while it reserves and commits leaves holds that expire by themselves, and nothing half done', {
  timeout: 60_000,
}, async () => {
  const world = await createWorld({ role: 'all' })
  const second = await startChild(world, { role: 'api' })
  try {
    const plan = await freePlan(world, { images: { type: 'usage', includedAmount: 100 } })
    const { externalId: customerId } = await subscribe(world, plan)
    const committed: string[] = []
    const job = async (): Promise<void> => {
      for (;;) {
        const id = await send(world, second.url, '', {
          customerId,
          featureCode: 'images',
          quantity: 2,
          expiresInSeconds: 3,
        })
        if (!id.startsWith('rsv_')) return
        const event = await send(world, second.url, `/${id}/commit`, { value: 1 })
        if (event.startsWith('evt_')) committed.push(event)
      }
    }
    const jobs = Array.from({ length: 8 }, () => job().catch(() => undefined))
    while (committed.length < 20) await wait(5)
    await second.kill()
    await Promise.all(jobs)
    const open = () => world.db.selectFrom('usage_reservation').selectAll().where('status', '=', 'held').execute()
    const giveUpAt = performance.now() + 20_000
    while ((await open()).length > 0 && performance.now() < giveUpAt) await wait(50)
    assert.deepEqual(await open(), [])
    const org = { id: (await sandbox(world)).org_id } as Parameters<typeof unbalancedPools>[1]
    assert.deepEqual(await unbalancedPools(world.db, org), [])
    const [row] = await countersAndEvents(world.db, org)
    assert.equal(row?.counted, row?.recorded)
    const kept = await world.db.selectFrom('usage_event').select('id').where('id', 'in', committed).execute()
    assert.equal(kept.length, committed.length, 'every acknowledged event is there')
    const { data } = await world.client.featureAccess.get({ customerId, code: 'images' })
    assert.equal((data?.current ?? 0) + (data?.remaining ?? 0), 100)
  } finally {
    await world.close()
  }
})
