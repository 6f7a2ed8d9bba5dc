import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonForHtml } from './json-for-html.ts'

test('no text can end the script element or break a line in it', () => {
  const data = { name: '</script><!--\u2028\u2029' }
  assert.doesNotMatch(jsonForHtml(data), /[<\u2028\u2029]/)
  assert.deepEqual(JSON.parse(jsonForHtml(data)), data)
})
