import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { modelsCommand } from '#cli/models.ts'
import { inTransaction } from '#database/transaction.ts'
import { createFirstOrganisation } from '#organisations/actions/create-first-organisation.ts'
import { type ClonedDatabase, cloneDatabase } from '../../test/support/database.ts'
import { noon } from '../../test/support/organisations.ts'
import { runCli } from '../../test/support/terminal.ts'

let database: ClonedDatabase
before(async () => {
  database = await cloneDatabase()
  const input = { name: 'Acme', fixedKeys: { live: undefined, sandbox: undefined }, machineNow: noon }
  await inTransaction(database.db, (tx) => createFirstOrganisation(tx, input))
})
after(() => database.drop())

const halley = (words: string[], answer?: string | null) =>
  runCli(modelsCommand, database.db, ['models', ...words], answer)

test('list shows prices in US dollars for a million tokens, and with --json as the API does', async () => {
  const { out, err } = await halley(['list', '--search', 'claude-sonnet-4-0', '--provider', 'anthropic'])
  assert.match(out, /^ +3 +15 +0\.3 +3\.75 +shipped +anthropic\/claude-sonnet-4-0$/m)
  assert.match(err, /^1 models, in US dollars/)
  const { models } = JSON.parse((await halley(['list', '--search', 'claude-sonnet-4-0', '--json'])).out)
  assert.equal(models.find(({ id }: { id: string }) => id === 'anthropic/claude-sonnet-4-0').inputPrice, 30_000)
})

test('set adds a model, remove ends its price, and a second time there is none', async () => {
  const set = await halley([
    'set',
    'Acme/Large-1',
    '--input',
    '0.00125',
    '--output',
    '2',
    '--from',
    '2026-01-01T00:00:00Z',
    '--json',
  ])
  const { id, inputPrice, cacheReadPrice, effectiveFrom } = JSON.parse(set.out)
  assert.deepEqual(
    [id, inputPrice, cacheReadPrice, effectiveFrom],
    ['acme/large-1', 12.5, null, '2026-01-01T00:00:00.000Z'],
  )
  assert.match((await halley(['list', '--provider', 'acme'])).out, /0\.00125 +2 +own +acme\/large-1$/m)
  assert.equal((await halley(['remove', 'acme/large-1'])).out, 'acme/large-1\n')
  assert.doesNotMatch((await halley(['list', '--provider', 'acme'])).out, /acme/)
  const again = await halley(['remove', 'acme/large-1', '--json'])
  assert.equal(again.exitCode, 4)
  assert.equal(JSON.parse(again.err).error.code, 'model_not_found')
})

test('a change of the live side has to be meant', async () => {
  const words = ['set', 'gpt-4o', '--input', '1', '--output', '2', '--live']
  assert.equal((await halley(words)).exitCode, 2)
  assert.equal((await halley(words, 'Acme')).exitCode, 0)
  assert.match((await halley(['list', '--search', 'openai/gpt-4o', '--live'])).out, /own +openai\/gpt-4o$/m)
  assert.doesNotMatch((await halley(['list', '--search', 'openai/gpt-4o'])).out, /own/)
})

test('a bare name that no model has is wrong use', async () => {
  const { exitCode, err } = await halley(['set', 'unheard-of', '--input', '1', '--output', '2'])
  assert.equal(exitCode, 2)
  assert.match(err, /Name your own as provider\/model/)
})
