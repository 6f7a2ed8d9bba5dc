import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareRank } from '#catalogue/plan.ts'
import { faultOfOrder, fitsGroup, placeAtEnd } from '#catalogue/plan-group.ts'

const credits = { consumptionModel: 'credits', isFree: false } as const
const metered = { consumptionModel: 'metered', isFree: false } as const
const freeMetered = { consumptionModel: 'metered', isFree: true } as const

test('plans of one group share a consumption model, free plans aside', () => {
  assert.equal(fitsGroup(metered, []), true)
  assert.equal(fitsGroup(metered, [metered]), true)
  assert.equal(fitsGroup(metered, [credits]), false)
  assert.equal(fitsGroup(freeMetered, [credits]), true)
  assert.equal(fitsGroup(credits, [freeMetered]), true)
  assert.equal(fitsGroup(metered, [freeMetered, credits]), false)
})

test('a plan joins a group behind the highest place', () => {
  assert.equal(placeAtEnd([]), 0)
  assert.equal(placeAtEnd([{ sortOrder: 0 }, { sortOrder: 7 }]), 8)
})

test('an order must name exactly the plans of the group, each once', () => {
  assert.equal(faultOfOrder(['b', 'a'], ['a', 'b']), null)
  assert.equal(faultOfOrder([], []), null)
  assert.deepEqual(faultOfOrder(['a'], ['a', 'b']), { missing: ['b'], foreign: [], repeated: [] })
  assert.deepEqual(faultOfOrder(['a', 'b', 'c'], ['a', 'b']), { missing: [], foreign: ['c'], repeated: [] })
  assert.deepEqual(faultOfOrder(['a', 'b', 'a'], ['a', 'b']), { missing: [], foreign: [], repeated: ['a'] })
})

test('two plans of a group never tie: the same place is decided by creation', () => {
  assert.ok(compareRank({ id: 'pln_1', sortOrder: 0 }, { id: 'pln_2', sortOrder: 1 }) < 0)
  assert.ok(compareRank({ id: 'pln_2', sortOrder: 0 }, { id: 'pln_1', sortOrder: 1 }) < 0)
  assert.ok(compareRank({ id: 'pln_1', sortOrder: 3 }, { id: 'pln_2', sortOrder: 3 }) < 0)
  assert.equal(compareRank({ id: 'pln_1', sortOrder: 3 }, { id: 'pln_1', sortOrder: 3 }), 0)
})
