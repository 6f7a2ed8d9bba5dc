import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readExpiringLink, signExpiringLink } from '#hosted/token.ts'

const secret = Buffer.alloc(32, 1)
const target = { orgId: 'org_1', id: 'inv_2' }
const until = Temporal.Instant.from('2026-06-23T12:00:00Z')
const token = signExpiringLink(secret, 'invoice', 'inv', target, until)
const read = (at: string, purpose: 'invoice' | 'inbox' = 'invoice', key = secret) =>
  readExpiringLink(key, purpose, 'inv', token, Temporal.Instant.from(at))

test('an expiring link is good until its second, and not in it', () => {
  assert.deepEqual(read('2026-06-23T11:59:59.999Z'), target)
  assert.equal(read('2026-06-23T12:00:00Z'), 'expired')
})

test('another purpose or another secret opens nothing, expired or not', () => {
  for (const at of ['2026-06-23T11:00:00Z', '2027-01-01T00:00:00Z']) {
    assert.equal(read(at, 'inbox'), undefined)
    assert.equal(read(at, 'invoice', Buffer.alloc(32, 2)), undefined)
  }
})

test('nobody prolongs a link', () => {
  const [org, id, , mac] = token.split('-')
  const later = Temporal.Instant.from('2099-01-01T00:00:00Z').epochMilliseconds / 1000
  const prolonged = [org, id, later.toString(36), mac].join('-')
  const now = Temporal.Instant.from('2026-06-23T11:00:00Z')
  assert.equal(readExpiringLink(secret, 'invoice', 'inv', prolonged, now), undefined)
})
