import assert from 'node:assert/strict'
import { test } from 'node:test'
import { safeLink, withLook } from './link.ts'

test('a browser is sent to pages only', () => {
  assert.equal(safeLink('https://acme.test/done?x=1'), 'https://acme.test/done?x=1')
  assert.equal(safeLink('/checkout/abc'), '/checkout/abc')
})

test('an address that runs something or hides its host is dropped', () => {
  for (const address of ['javascript:alert(1)', 'data:text/html,x', '//evil.test', '/\\evil.test', 'done', '', null]) {
    assert.equal(safeLink(address), null, String(address))
  }
})

test('language and colours go along to our own pages and to nobody else', () => {
  const here = { origin: 'https://pay.test', search: '?locale=es&theme=dark&failed=1' }
  assert.equal(withLook('https://pay.test/checkout/a', here), 'https://pay.test/checkout/a?locale=es&theme=dark')
  assert.equal(withLook('https://acme.test/done', here), 'https://acme.test/done')
})
