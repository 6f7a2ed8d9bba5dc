import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Command } from 'commander'
import type { Open, Terminal } from '#cli/command.ts'
import { rekeyCommand } from '#cli/rekey.ts'
import { signingKey } from '#links.ts'
import { type KeyRing, keyRing } from '#organisations/sealing.ts'
import { readCredentials } from '#payments/connections.ts'
import { secretBox } from '#webhooks/secret-box.ts'
import { connect } from '../../test/support/connections.ts'
import { runCli } from '../../test/support/terminal.ts'
import { createWorld, testSecret, type World } from '../../test/support/world.ts'

const newKey = 'QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI'
const ringOf = (configured?: string): KeyRing => keyRing(testSecret, configured) ?? assert.fail('these keys are fit')
const boxOf = (ring: KeyRing) => secretBox(signingKey(testSecret), ring)

// Sealed by a version that knew no ring of keys, for this endpoint.
const oldEndpoint = 'whk_00000000000000000000000old'
const oldSealed =
  '9GoSIx3+kSvlWPox3CzjCTdVD1qHhOvy7LMcjRe0AQ5v1tfBeW8PSCMkSbxMoyoD2FAHdwxtrMvY6xDq6Mbou41is5zZt7OG902r/eHC'

let world: World
let ring = ringOf()
before(async () => {
  world = await createWorld({ hasHandmadeRows: true })
})
after(() => world.close())

const command = (program: Command, open: Open, terminal?: Terminal) =>
  rekeyCommand(program, open, () => ({ ring, secrets: boxOf(ring) }), terminal)
const rekey = async () => JSON.parse((await runCli(command, world.db, ['rekey', '--json'])).out)

async function sealedOf(id: string) {
  const { rows } = await world.database.pool.query<{ secret: string; previous_secrets: { secret: string }[] }>(
    'select secret, previous_secrets from webhook_endpoint where id = $1',
    [id],
  )
  return rows[0] ?? assert.fail(`there is no endpoint ${id}`)
}

test('a secret that was sealed before there was a ring of keys still opens', () => {
  assert.equal(
    boxOf(ringOf(`second:${newKey}`)).open(oldEndpoint, oldSealed),
    'whsec_b2xkIHNlY3JldCBvZiBhbiBlbmRwb2ludCwgMzIgYnk=',
  )
})

test('rekey seals everything with the new key; without the old ones all of it opens afterwards', async () => {
  const keys = { secretKey: 'sk_test_51abcdefgh', publishableKey: 'pk_test_51abcdefgh' }
  const connection = await connect(world, 'stripe', keys)
  const { data: made } = await world.client.webhooks.create({ url: 'http://localhost:1/hook', events: ['*'] })
  assert(made)
  const rotated = await world.request('POST', `/api/v1/webhooks/${made.id}/rotate-secret`)
  const { pool } = world.database
  await pool.query(
    `insert into webhook_endpoint select (jsonb_populate_record(one, jsonb_build_object('id', $2::text, 'secret', $3::text, 'previous_secrets', '[]'::jsonb))).*
     from webhook_endpoint one where id = $1`,
    [made.id, oldEndpoint, oldSealed],
  )

  ring = ringOf(`second:${newKey}`)
  assert.deepEqual(await rekey(), { connections: 1, webhooks: 2, key: 'second' })
  assert.deepEqual(await rekey(), { connections: 0, webhooks: 0, key: 'second' })

  const onlyNew = ring.filter(({ id }) => id === 'second')
  const box = boxOf(onlyNew)
  const { secret, previous_secrets: previous } = await sealedOf(made.id)
  assert.equal(box.open(made.id, secret), rotated.body.data.secretKey)
  assert.equal(box.open(made.id, previous[0]?.secret ?? ''), made.secretKey)
  assert.throws(() => box.open(oldEndpoint, secret), 'it opens for no other endpoint')
  assert.equal(
    box.open(oldEndpoint, (await sealedOf(oldEndpoint)).secret),
    'whsec_b2xkIHNlY3JldCBvZiBhbiBlbmRwb2ludCwgMzIgYnk=',
  )
  const credentials = await readCredentials(world.db, onlyNew, world.orgId, connection)
  assert.deepEqual(credentials, { provider: 'stripe', ...keys, webhookSecret: null })
})
