import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { ProviderTax } from '#payments/provider.ts'
import { ProviderUnreachable } from '#payments/provider.ts'
import { openTaxDesk } from '#payments/tax-desk.ts'
import { questionKey, type TaxAnswer, type TaxQuestion } from '#tax/asked-tax.ts'
import { findAnswers, saveAnswer } from '#tax/tax-answers.store.ts'
import { TaxNotKnown } from '#tax/tax-not-known.ts'
import { machineNow } from '#time/clock.ts'
import { connect } from '../../test/support/connections.ts'
import { paymentServices } from '../../test/support/payments.ts'
import { createWorld, type World } from '../../test/support/world.ts'

let world: World
let connection: string
before(async () => {
  world = await createWorld()
  connection = await connect(world, 'stripe', { secretKey: 'sk_test_12345678', publishableKey: 'pk_test_12345678' })
})
after(() => world.close())

const vat = (rate: bigint): TaxAnswer => ({
  treatment: 'charged',
  place: { country: 'DE', region: null },
  rates: [{ name: 'VAT', rate, jurisdiction: 'Germany', level: 'country', percentage: '19', reason: 'standard_rated' }],
})
const at = (postalCode: string): TaxQuestion => ({ country: 'DE', region: null, postalCode, taxId: null })

/** A desk before a service that is told what to do; `asked` counts. */
function desk(answer: (question: TaxQuestion) => Promise<TaxAnswer>, restMs?: number) {
  const asked: string[] = []
  const troubles: string[] = []
  const tax: ProviderTax = {
    ask: async (question) => {
      asked.push(question.postalCode)
      return { outcome: 'answered', answer: await answer(question) }
    },
  }
  const provider = { ...paymentServices(world.db).processor, tax }
  const opened = openTaxDesk({
    db: world.db,
    connections: { open: async () => provider },
    machineNow,
    onTrouble: (_org, _connection, reason) => troubles.push(reason),
    restMs,
  })
  return { ...opened, asked, troubles }
}
const lacking = (...questions: TaxQuestion[]) =>
  new TaxNotKnown(world.orgId, connection, new Map(questions.map((one) => [questionKey(one), one])))
const known = (question: TaxQuestion) => findAnswers(world.db, world.orgId, connection, [questionKey(question)])
const silent = async () => {
  throw new ProviderUnreachable('Nobody answers.')
}

test('work that lacks something is begun again once that was asked, and what it throws besides is its own', async () => {
  const { knowing, asked } = desk(async () => vat(190_000n))
  let runs = 0
  const result = await knowing(async () => {
    runs += 1
    if ((await known(at('1'))).size === 0) throw lacking(at('1'))
    if ((await known(at('2'))).size === 0) throw lacking(at('2'))
    return 'done'
  })
  assert.deepEqual([result, runs, asked], ['done', 3, ['1', '2']])
  await assert.rejects(
    knowing(async () => assert.fail('something else')),
    /something else/,
  )
})

test('work that never has enough ends, with the refusal that callers are told', async () => {
  const { knowing, asked } = desk(async () => vat(190_000n))
  const error = await knowing(async () => {
    throw lacking(at('3'))
  }).catch((thrown: unknown) => thrown)
  assert(error instanceof TaxNotKnown)
  assert.deepEqual([error.code, error.status, asked.length], ['tax_unavailable', 503, 3])
})

test('a service out of reach is asked once, then left alone for a while, and said to be so', async () => {
  const resting = desk(silent)
  const questions = new Map([at('4'), at('5')].map((one) => [questionKey(one), one]))
  assert.equal(await resting.ask(world.orgId, connection, new Map([...questions].slice(0, 1))), 1)
  assert.equal(await resting.ask(world.orgId, connection, questions), 2)
  assert.deepEqual([resting.asked, resting.troubles], [['4'], ['Nobody answers.']])
  assert.equal((await known(at('4'))).size, 0)
})

test('what was known before serves while nobody answers, and is marked as tried', async () => {
  const long = machineNow().subtract({ hours: 24 * 40 })
  await saveAnswer(world.db, world.orgId, connection, questionKey(at('6')), vat(190_000n), long)
  const { knowing } = desk(silent)
  let runs = 0
  await knowing(async () => {
    runs += 1
    if (runs === 1) throw lacking(at('6'))
  })
  const [kept] = (await known(at('6'))).values()
  assert.equal(kept?.rates[0]?.rate, 190_000n)
  assert.equal(kept?.askedAt.epochMilliseconds, long.epochMilliseconds)
  assert(kept?.triedAt && kept.triedAt.epochMilliseconds > long.epochMilliseconds)
})

test('an answer that comes in late does not replace one that was asked for after it', async () => {
  const [early, late] = [machineNow().subtract({ hours: 1 }), machineNow()]
  await saveAnswer(world.db, world.orgId, connection, questionKey(at('7')), vat(200_000n), late)
  await saveAnswer(world.db, world.orgId, connection, questionKey(at('7')), vat(190_000n), early)
  const [kept] = (await known(at('7'))).values()
  assert.equal(kept?.rates[0]?.rate, 200_000n)
})

test('an account that was disconnected answers nothing', async () => {
  const gone = openTaxDesk({
    db: world.db,
    connections: { open: async () => undefined },
    machineNow,
    onTrouble: () => undefined,
  })
  assert.equal(await gone.ask(world.orgId, connection, new Map([[questionKey(at('8')), at('8')]])), 1)
})
