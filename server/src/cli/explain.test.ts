import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { explainCommand } from '#cli/explain.ts'
import { Story } from '../../test/support/billing-stories.ts'
import { runCli } from '../../test/support/terminal.ts'

const story = await Story.on('2041-06-01')
after(() => story.close())
await story.plan('pro', { price: 2900, features: { calls: { included: 10_000, beyond: 200 } } })
await story.join('ada', 'pro')
await story.use('ada', 'calls', 15_000)
await story.until('2041-07-01')
const { body } = await story.world.request('GET', '/api/v1/invoices?customerId=ada')
const { id, invoiceNumber } = body.data[0]

const halley = (...words: string[]) => runCli(explainCommand, story.world.db, ['explain', ...words])

test('an invoice is explained by its number, line by line', async () => {
  const { out, exitCode } = await halley(invoiceNumber)
  assert.equal(exitCode, 0)
  assert.equal(
    out,
    `Invoice ${invoiceNumber} (${id})
recurring, paid, issued 2041-07-01, USD

1. pro: $29.00
   plan_base, window 2 (2041-07-01 to 2041-08-01): The price of the plan for one billing period, paid in advance.
   price  $29.00  since 2041-06-01T12:00:00Z  plan_price_revision
   = 1 × $29.00 = $29.00
   Matches the invoice.

2. calls: usage beyond what is included: $100.00
   metered_overage, window 1 (2041-06-01 to 2041-07-01): Usage in a consumption window beyond what the plan includes, times the unit price, rounded once.
   counted      15,000                                                usage_counter
   used         15,000                                                usage_event
   events       1                                                     usage_event
   late events  0                                                     usage_event
   first event  2041-06-01T12:00:00.000Z                              usage_event
   last event   2041-06-01T12:00:00.000Z                              usage_event
   included     10,000                    since 2041-06-01T12:00:00Z  plan_feature_revision
   unit price   $0.0200                   since 2041-06-01T12:00:00Z  plan_feature_revision
   = 1 event adds up to 15,000, as counted
   = 15,000 used − 10,000 included = 5,000 beyond
   = 5,000 × $0.0200 = $100.00
   Matches the invoice.

Totals
   Subtotal: $29.00 + $100.00 = $129.00
   Total: $129.00 − $0.00 discount − $0.00 credit + $0.00 tax = $129.00
   Matches the invoice.

Every line matches.
`,
  )
})

test('by its id and as JSON it is what the API answers', async () => {
  const { out } = await halley(id, '--json')
  const { body: answer } = await story.world.request('GET', `/api/v1/invoices/${id}/explain`)
  const withoutAddress = (text: string) => text.replaceAll(/"documentationUrl":"[^"]*#/g, '"documentationUrl":"#')
  assert.equal(withoutAddress(out.trim()), withoutAddress(JSON.stringify(answer.data)))
})

test('an invoice that is not there, or on the other side, is not found', async () => {
  for (const words of [['TEST-999999'], [invoiceNumber, '--live']]) {
    const { out, err, exitCode } = await halley(...words)
    assert.deepEqual([out, exitCode], ['', 4])
    assert.match(err, /invoice_not_found/)
  }
})
