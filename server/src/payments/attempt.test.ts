import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AttemptState, judge, transitions } from './attempt.ts'
import type { KnownResult } from './provider.ts'

const card = { brand: 'visa', last4: '4242', expMonth: 12, expYear: 2044, country: 'US' }
const succeeded: KnownResult = { outcome: 'succeeded', reference: 'ch_1', card }
const declined: KnownResult = { outcome: 'declined', reference: 'ch_1', code: 'card_declined', message: 'Declined.' }
const requiresAction: KnownResult = { outcome: 'requires_action', reference: 'ch_1', actionReference: 'act_1' }

const attempt = (state: AttemptState, offSession = false) => ({ id: 'txn_1', state, offSession })

test('an answer settles an attempt that is in flight', () => {
  assert.equal(judge(attempt('started'), succeeded), 'succeeded')
  assert.equal(judge(attempt('started'), declined), 'failed')
  assert.equal(judge(attempt('started'), requiresAction), 'requires_action')
  assert.equal(judge(attempt('requires_action'), succeeded), 'succeeded')
  assert.equal(judge(attempt('requires_action'), declined), 'failed')
})

test('an answer that says nothing new changes nothing', () => {
  assert.equal(judge(attempt('requires_action'), requiresAction), 'nothing')
  assert.equal(judge(attempt('succeeded'), succeeded), 'nothing')
  assert.equal(judge(attempt('refunded'), succeeded), 'nothing')
  assert.equal(judge(attempt('failed'), declined), 'nothing')
})

test('a success after a failure is never swallowed', () => {
  assert.throws(() => judge(attempt('failed'), succeeded), /must not be charged afterwards/)
})

test('nobody is asked to authenticate who is not there', () => {
  assert.throws(() => judge(attempt('started', true), requiresAction), /nobody who could authenticate/)
})

test('every verdict is a transition of the table, and a failed attempt has none', () => {
  for (const state of ['started', 'requires_action'] as const) {
    const next: readonly string[] = transitions[state]
    for (const result of [succeeded, declined, requiresAction]) {
      const verdict = judge(attempt(state), result)
      assert(verdict === 'nothing' || next.includes(verdict), `${state} → ${verdict}`)
    }
  }
  assert.deepEqual(transitions.failed, [])
})
