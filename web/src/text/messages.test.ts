import assert from 'node:assert/strict'
import { test } from 'node:test'
import { locales } from './locale.ts'
import { messagesIn } from './messages.ts'
import { say } from './say.ts'

const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort()

test('every language fills in the same facts', () => {
  const english = messagesIn('en')
  for (const locale of locales) {
    for (const [key, text] of Object.entries(messagesIn(locale))) {
      const wanted = new Set(placeholders(english[key as keyof typeof english]))
      assert.deepEqual(new Set(placeholders(text)), wanted, `${locale} ${key}`)
    }
  }
})

test('every decline says that nothing was charged', () => {
  const declines = (texts: Readonly<Record<string, string>>) =>
    Object.entries(texts).filter(([key]) => key.startsWith('decline.') && key.endsWith('.text'))
  assert.equal(declines(messagesIn('en')).length, 12)
  for (const [key, text] of declines(messagesIn('en'))) assert.match(text, /Nothing was charged\.$/, key)
  for (const [key, text] of declines(messagesIn('es'))) assert.match(text, /No se ha cobrado nada\.$/, key)
})

test('placeholders are replaced, also twice', () => {
  assert.equal(say(messagesIn('en'), 'button.pay', { total: '$29.00' }), 'Pay $29.00')
  assert.equal(
    say(messagesIn('en'), 'summary.then', { amount: '$5.00', every: 'every week', from: 'May 1, 2026' }),
    'Then $5.00 every week from May 1, 2026',
  )
})
