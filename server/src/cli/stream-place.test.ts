import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StreamPlace } from '#cli/stream-place.ts'

const event = (id: string) => ({ event: 'customer.created', id })

test('a stream is taken up where it was half a minute ago, and tells nothing twice', () => {
  let now = 0
  const place = new StreamPlace(() => now)
  assert.equal(place.after(), undefined)
  assert.equal(place.hears({ event: 'ready', id: 'whev_a' }), true)
  assert.equal(place.hears(event('whev_c')), true)
  now = 20_000
  assert.equal(place.hears(event('whev_e')), true)
  assert.equal(place.after(), 'whev_a')
  now = 30_000
  assert.equal(place.after(), 'whev_c')
  assert.equal(place.hears({ event: 'ready', id: 'whev_c' }), true)
  // Committed after the later one.
  assert.equal(place.hears(event('whev_d')), true)
  assert.equal(place.hears(event('whev_e')), false)
  now = 60_000
  assert.equal(place.after(), 'whev_e')
})

test('an earlier id that was heard later does not move the place back', () => {
  let now = 0
  const place = new StreamPlace(() => now)
  for (const id of ['whev_f', 'whev_d']) place.hears(event(id))
  now = 40_000
  assert.equal(place.after(), 'whev_f')
})
