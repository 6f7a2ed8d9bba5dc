import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fanOut, listensTo } from '#webhooks/endpoint.ts'

test('the wildcard hears of everything but usage.recorded, which has to be named', () => {
  assert.equal(listensTo({ events: ['*'] }, 'invoice.created'), true)
  assert.equal(listensTo({ events: ['*'] }, 'usage.recorded'), false)
  assert.equal(listensTo({ events: ['*', 'usage.recorded'] }, 'usage.recorded'), true)
  assert.equal(listensTo({ events: ['invoice.created'] }, 'invoice.voided'), false)
})

test('an endpoint hears of what was recorded after it was made, in order', () => {
  const event = (position: bigint) => ({ id: `whev_${position}`, type: 'customer.created', customerId: null, position })
  const told = fanOut(
    [event(4n), event(5n), event(6n)],
    [
      { id: 'whk_old', events: ['*'], sincePosition: 0n },
      { id: 'whk_new', events: ['customer.created'], sincePosition: 5n },
      { id: 'whk_deaf', events: ['invoice.created'], sincePosition: 0n },
    ],
  )
  assert.deepEqual(
    told.map(({ endpointId, event: { position } }) => `${endpointId} ${position}`),
    ['whk_old 4', 'whk_old 5', 'whk_old 6', 'whk_new 6'],
  )
})
