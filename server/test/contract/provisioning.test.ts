import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createWorld } from '../support/world.ts'

let world: Awaited<ReturnType<typeof createWorld>>
before(async () => {
  world = await createWorld()
})
after(() => world.close())

test('Provisioning.createClaimLink', async () => {
  const { data } = await world.client.provisioning.createClaimLink()
  assert(data)
  assert.match(data.url, /^https?:\/\/[^/]+\/claim\/[0-9A-Za-z]{43}$/)
  assert(Math.abs(Date.parse(data.expiresAt) - Date.now() - 7 * 86_400_000) < 60_000)
  assert.equal(data.object, 'claim_link')
  assert.equal(data.livemode, false)
})

test('a new link takes the place of the old one, whichever side asks', async () => {
  const { status, body } = await world.request('POST', '/api/v1/claim-link')
  assert.equal(status, 201)
  const live = await world.liveClient.provisioning.createClaimLink()
  assert.notEqual(live.data?.url, body.data.url)
  assert.equal(live.data?.livemode, true)
  const open = await world.db.selectFrom('claim_link').selectAll().where('revoked_at', 'is', null).execute()
  assert.equal(open.length, 1)
})

test('an organisation with an owner needs no link', async () => {
  await world.db.updateTable('organisation').set({ claimed_at: Temporal.Now.instant() }).execute()
  const refused = { code: 'organization_already_claimed', statusCode: 409 }
  await assert.rejects(world.client.provisioning.createClaimLink(), refused)
})
