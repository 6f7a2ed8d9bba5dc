import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decideAction, decideCharge, remembersSuccess } from './outcome.ts'
import { type Behaviour, behaviours } from './test-cards.ts'

const customerThere = { offSession: false }
const customerAway = { offSession: true }

function charge(behaviour: Behaviour, hasSucceeded: boolean, request: { offSession: boolean }): string {
  const { state, declineCode } = decideCharge({ behaviour, declineCode: null, hasSucceeded }, request)
  return declineCode ? `${state} ${declineCode}` : state
}

test('0341 is good for its first charge with the customer there and for nothing after', () => {
  assert.equal(charge('declines_later', false, customerThere), 'succeeded')
  assert.equal(charge('declines_later', true, customerThere), 'declined card_declined')
  assert.equal(charge('declines_later', true, customerAway), 'declined card_declined')
  assert.equal(charge('declines_later', false, customerAway), 'declined card_declined')
})

test('3155 asks once: what was approved is charged later without the customer', () => {
  assert.equal(charge('authenticates_once', false, customerThere), 'requires_action')
  assert.equal(charge('authenticates_once', false, customerAway), 'declined authentication_required')
  assert.equal(charge('authenticates_once', true, customerAway), 'succeeded')
})

test('3220 asks every time and is declined without the customer', () => {
  assert.equal(charge('authenticates_always', true, customerThere), 'requires_action')
  assert.equal(charge('authenticates_always', true, customerAway), 'declined authentication_required')
})

test('0446 asks the customer when they are there and succeeds when they are not', () => {
  assert.equal(charge('authenticates_on_session', false, customerThere), 'requires_action')
  assert.equal(charge('authenticates_on_session', false, customerAway), 'succeeded')
})

test('nobody who is away is ever asked to authenticate', () => {
  for (const behaviour of behaviours) {
    for (const hasSucceeded of [false, true]) {
      assert.notEqual(charge(behaviour, hasSucceeded, customerAway), 'requires_action', behaviour)
    }
  }
})

test('only cards that remember are decided by what went through before', () => {
  for (const behaviour of behaviours.filter((name) => !remembersSuccess(name))) {
    for (const request of [customerThere, customerAway]) {
      assert.equal(charge(behaviour, true, request), charge(behaviour, false, request), behaviour)
    }
  }
})

test('an approval ends in success, or in the decline the card has in store', () => {
  assert.deepEqual(decideAction({ declineCode: null }, 'approve'), { state: 'succeeded', declineCode: null })
  assert.deepEqual(decideAction({ declineCode: 'insufficient_funds' }, 'approve'), {
    state: 'declined',
    declineCode: 'insufficient_funds',
  })
  assert.deepEqual(decideAction({ declineCode: null }, 'fail'), {
    state: 'declined',
    declineCode: 'authentication_failed',
  })
})
