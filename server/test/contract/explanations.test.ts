import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { cards, confirmation, hosted, newCheckout } from '../support/checkouts.ts'
import { createWorld } from '../support/world.ts'

const world = await createWorld()
const { client } = world
after(() => world.close())

// One customer who paid 29.00, then one whose invoice of 99.00 waits: the numbers follow one another.
let paid: Awaited<ReturnType<typeof newCheckout>>
let waiting: Awaited<ReturnType<typeof newCheckout>>
before(async () => {
  paid = await newCheckout(world)
  waiting = await newCheckout(world, { price: 9900 })
  assert.equal((await hosted(world, 'POST', `${paid.token}/confirm`, confirmation(cards.pays))).status, 200)
})

test('Invoices.explain', async () => {
  const { data: listed } = await client.invoices.list({ subscriptionId: paid.subscriptionId })
  const id = listed?.[0]?.id ?? ''
  const { status, body } = await world.request('GET', `/api/v1/invoices/${id}/explain`)
  assert.equal(status, 200)
  const [line] = body.data.lines
  const { since, ...input } = line.inputs[0]
  assert(since <= (listed?.[0]?.issueDate ?? ''))
  const { window, ...explained } = line
  assert.deepEqual(window, {
    number: 1,
    kind: 'paid',
    start: listed?.[0]?.periodStart,
    end: listed?.[0]?.periodEnd,
  })
  assert.deepEqual(input, { name: 'price', value: 2900, unit: 'minor', text: '$29.00', source: 'plan_price_revision' })
  assert.deepEqual(
    { ...body.data, lines: [{ ...explained, inputs: [] }] },
    {
      invoiceId: id,
      number: listed?.[0]?.invoiceNumber,
      currency: 'usd',
      lines: [
        {
          position: 1,
          lineType: 'plan_base',
          chargeType: 'standard',
          featureName: null,
          description: 'Pro',
          rule: {
            code: 'plan_base',
            sentence: 'The price of the plan for one billing period, paid in advance.',
            documentationUrl: 'http://halley.test/docs/invoice-lines#plan_base',
          },
          inputs: [],
          steps: ['1 × $29.00 = $29.00'],
          carried: null,
          usage: [],
          amount: 2900,
          recomputedAmount: 2900,
          matches: true,
        },
      ],
      totals: {
        subtotal: { amount: 2900, recomputedAmount: 2900 },
        discountAmount: { amount: 0, recomputedAmount: 0 },
        creditApplied: { amount: 0, recomputedAmount: 0 },
        taxAmount: { amount: 0, recomputedAmount: 0 },
        total: { amount: 2900, recomputedAmount: 2900 },
        steps: ['Subtotal: $29.00', 'Total: $29.00 − $0.00 discount − $0.00 credit + $0.00 tax = $29.00'],
        matches: true,
      },
      matches: true,
      object: 'invoice_explanation',
      livemode: false,
    },
  )
})

test('Invoices.explain: an invoice that waits for its checkout is explained too, one of another side is unknown', async () => {
  const { data: listed } = await client.invoices.list({ subscriptionId: waiting.subscriptionId })
  const { id = '', invoiceNumber = '' } = listed?.[0] ?? {}
  const explain = (path: string, key = world.sandboxKey) =>
    world.request('GET', `/api/v1/invoices/${path}/explain`, { key })
  assert.equal((await explain(id)).body.data.matches, true)
  for (const { status, body } of [
    await explain('inv_nowhere'),
    await explain(invoiceNumber),
    await explain(id, world.liveKey),
  ]) {
    assert.deepEqual([status, body.error.code], [404, 'invoice_not_found'])
  }
})
