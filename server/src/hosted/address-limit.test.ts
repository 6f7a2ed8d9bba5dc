import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countedAs } from '#hosted/address-limit.ts'

test('an address is counted as itself, also when it is written as IPv6', () => {
  assert.equal(countedAs('8.8.8.8'), '8.8.8.8')
  assert.equal(countedAs('::ffff:8.8.8.8'), '8.8.8.8')
})

test('all addresses of one household’s network are counted together', () => {
  assert.equal(countedAs('2001:4860:4860:1::1'), countedAs('2001:4860:4860:1:ffff::2'))
  assert.notEqual(countedAs('2001:4860:4860:1::1'), countedAs('2001:4860:4860:2::1'))
})

test('this machine and private networks may be proxies: they are not counted', () => {
  for (const address of [
    '127.0.0.1',
    '::1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    'fd00::1',
    '100.64.0.1',
    'nonsense',
  ])
    assert.equal(countedAs(address), undefined, address)
})
