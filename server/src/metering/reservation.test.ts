import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { deepestOverdraft } from '#metering/balance.ts'
import { covers, emptyAccount, unreserved } from '#metering/ledger.ts'
import {
  decideRelease,
  hasRoom,
  isSameHold,
  keepHolds,
  type Reservation,
  refuseCommit,
  reservationStatuses,
  reservationTransitions,
  statusAt,
} from '#metering/reservation.ts'
import { units } from '#money/quantity.ts'

const at = (text: string) => Temporal.Instant.from(`2026-06-16T${text}Z`)

const held: Reservation = {
  id: 'rsv_1',
  customerId: 'cus_1',
  subscriptionId: 'sub_1',
  featureId: 'ftr_1',
  featureCode: 'calls',
  windowNumber: 1,
  model: 'metered',
  status: 'held',
  quantity: units(5),
  heldUnits: units(5),
  heldFunds: 0n,
  tokens: null,
  ownKey: 'job-1',
  expiresAt: at('12:05:00'),
  usageEventId: null,
  committed: null,
  settledAt: null,
  createdAt: at('12:00:00'),
}

test('an amount fits up to the edge and not a millionth beyond; without an edge everything fits', () => {
  assert(hasRoom({ used: units(6), edge: units(10) }, units(4)))
  assert(!hasRoom({ used: units(6), edge: units(10) }, units(4) + 1n))
  assert(hasRoom({ used: units(6), edge: null }, units(1_000_000)))
})

test('a hold is over at the very moment it runs out, whether or not anybody noted it', () => {
  assert.equal(statusAt(held, at('12:04:59.999')), 'held')
  assert.equal(statusAt(held, at('12:05:00')), 'expired')
  assert.equal(refuseCommit(held, at('12:04:59.999')), undefined)
  assert.equal(refuseCommit(held, at('12:05:00'))?.code, 'invalid_subscription_status')
  assert.equal(decideRelease(held, at('12:04:59.999')), 'released')
  assert.equal(decideRelease(held, at('12:05:00')), 'expired')
})

test('a hold ends once: what is committed stays so, and what is given back is not committed', () => {
  const later = at('12:01:00')
  for (const status of reservationStatuses.filter((one) => reservationTransitions[one].length === 0)) {
    const ended = { ...held, status, usageEventId: 'evt_1' }
    const code = status === 'committed' ? 'duplicate' : 'invalid_subscription_status'
    assert.equal(refuseCommit(ended, later)?.code, code)
    if (status === 'committed')
      assert.throws(() => decideRelease(ended, later), { code: 'invalid_subscription_status' })
    else assert.equal(decideRelease(ended, later), 'unchanged')
  }
})

test('the same key asks for the same hold only with the same customer, feature, amount and time', () => {
  const wanted = { customerId: 'cus_1', featureCode: 'calls', quantity: units(5), tokens: null, expiresInSeconds: 300 }
  assert(isSameHold(held, wanted))
  assert(!isSameHold(held, { ...wanted, customerId: 'cus_2' }))
  assert(!isSameHold(held, { ...wanted, featureCode: 'chats' }))
  assert(!isSameHold(held, { ...wanted, quantity: units(4) }))
  assert(!isSameHold(held, { ...wanted, expiresInSeconds: 301 }))
  const tokens = { model: 'gpt', inputTokens: 3, outputTokens: 2 }
  assert(!isSameHold(held, { ...wanted, tokens }))
  const priced = { ...held, tokens }
  assert(isSameHold(priced, { ...wanted, quantity: units(1), tokens: { ...tokens, cacheReadTokens: 0 } }))
  assert(!isSameHold(priced, { ...wanted, tokens: { ...tokens, cacheReadTokens: 1 } }))
})

const amounts = fc.bigInt({ min: 0n, max: 50n })

test('holds keep together exactly what there is, never more than they had, and an older one never less for a younger one', () => {
  fc.assert(
    fc.property(fc.array(amounts, { maxLength: 8 }), fc.bigInt({ min: -20n, max: 200n }), (list, room) => {
      const holds = list.map((heldFunds, index) => ({ id: `rsv_${index}`, heldFunds }))
      const changed = new Map(keepHolds(holds, room).map(({ id, kept }) => [id, kept]))
      const kept = holds.map(({ id, heldFunds }) => changed.get(id) ?? heldFunds)
      const sum = (all: readonly bigint[]) => all.reduce((total, one) => total + one, 0n)
      const there = room > 0n ? room : 0n
      assert.equal(sum(kept), sum(list) < there ? sum(list) : there)
      const cut = kept.findIndex((amount, index) => amount !== list[index])
      if (cut >= 0) assert.equal(sum(kept.slice(cut + 1)), 0n)
    }),
  )
})

test('what is reserved counts as used: an account without it covers just what a hold would find room for', () => {
  fc.assert(
    fc.property(amounts, amounts, amounts, amounts, fc.boolean(), (plan, bought, reserved, cost, mayOverdraw) => {
      const account = { ...emptyAccount, planCredits: plan, purchasedCredits: bought, balance: plan, mayOverdraw }
      if (reserved <= plan + bought) {
        const pool = { used: reserved - plan - bought, edge: 0n }
        assert.equal(covers('credits', unreserved('credits', account, reserved), cost), hasRoom(pool, cost))
      }
      const edge = mayOverdraw ? deepestOverdraft : 0n
      const isCovered = covers('balance', unreserved('balance', account, reserved), cost)
      assert.equal(isCovered, hasRoom({ used: reserved - plan, edge }, cost))
    }),
  )
})

test('reserved credits are taken from those of the plan first', () => {
  const account = { ...emptyAccount, planCredits: 10n, purchasedCredits: 5n }
  const { planCredits, purchasedCredits } = unreserved('credits', account, 12n)
  assert.deepEqual([planCredits, purchasedCredits], [0n, 3n])
})
