import assert from 'node:assert/strict'
import { test } from 'node:test'
import { safeLink } from './link.ts'

test('a browser is sent to pages only', () => {
  assert.equal(safeLink('https://acme.test/done?x=1'), 'https://acme.test/done?x=1')
  assert.equal(safeLink('/checkout/abc'), '/checkout/abc')
})

test('an address that runs something or hides its host is dropped', () => {
  for (const address of ['javascript:alert(1)', 'data:text/html,x', '//evil.test', '/\\evil.test', 'done', '', null]) {
    assert.equal(safeLink(address), null, String(address))
  }
})
