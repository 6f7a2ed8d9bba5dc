import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { extractText, getDocumentProxy } from 'unpdf'
import { Story } from '../support/billing-stories.ts'
import { regionalPlan } from '../support/regional-stories.ts'
import { customerAt, registerTax } from '../support/taxes.ts'

let story: Story
before(async () => {
  story = await Story.on('2041-06-01')
  await registerTax(story.world, 'DE', ['JP', 'BR'])
  await regionalPlan(story, 'pro', {
    rates: { jpy: 150, brl: 5, eur: 0.92 },
    intro: { discountType: 'percentage', discountValue: 1000 },
    features: { calls: { type: 'usage', included: 10, beyond: 3300 } },
  })
})
after(() => story.close())

/** The text of a customer's newest invoice, as its PDF has it. */
async function pdfOf(customerId: string): Promise<string> {
  const { client, url } = story.world
  const { data: invoices } = await client.invoices.list({ customerId })
  const { data } = await client.invoices.getDownloadUrl({ id: invoices?.[0]?.id ?? '' })
  const response = await fetch(url + new URL(data?.url ?? '').pathname)
  const { text } = await extractText(await getDocumentProxy(new Uint8Array(await response.arrayBuffer())), {
    mergePages: true,
  })
  return text.replaceAll(/\s+/g, ' ')
}

function holds(text: string, ...parts: string[]): void {
  for (const part of parts) assert(text.includes(part), `"${part}" is in: ${text}`)
}

test('an invoice in yen has no fractions: the base, the discount, usage, tax and the total', async () => {
  await story.join('yui', 'pro', { country: 'JP' })
  await story.use('yui', 'calls', 13)
  await story.until('2041-07-01')
  const text = await pdfOf('yui')
  // 29.00 × 150 = 4,350, 10 % off; three calls at 0.33 × 150 = 49.5 each are 149, not 148.5.
  holds(text, 'JPY)', '4,350', '−435', 'calls: usage beyond what is included 13 used, 10 included', '3 49.5 149')
  holds(text, 'Subtotal 4,499', 'Discounts −435', 'Total before tax 4,064', 'Total JPY ¥4,471', '¥4,471 paid on')
  assert(!/\d\.\d\d /.test(text.replaceAll('49.5', '').replace(/Tax in EUR.*/, '')), text)
})

test('an invoice in reais names the real, in Portuguese-speaking Brazil in the seller’s language', async () => {
  await story.join('ana', 'pro', { country: 'BR' })
  const text = await pdfOf('ana')
  holds(text, 'BRL)', '145.00', '−14.50', 'Subtotal 145.00', 'Discounts −14.50', 'Total BRL R$')
})

test('the tax of an invoice in yen is told in the euros of its seller, at the rate of the day it became final', async () => {
  const { client } = story.world
  const told = async () => {
    const { data } = await client.invoices.list({ customerId: 'yui' })
    return data?.map((invoice) => (invoice as unknown as { taxInSellerCurrency: unknown }).taxInSellerCurrency)
  }
  // The one that waited for its next period, and before it the one that its checkout's payment made final: 392 and 407 yen.
  const before = [
    { currency: 'eur', exchangeRate: 0.0061333333, amount: 250 },
    { currency: 'eur', exchangeRate: 0.0061333333, amount: 240 },
  ]
  assert.deepEqual(await told(), before)
  const { data: plan } = await client.plans.get({ id: 'pro' })
  await client.plans.setRegionalPricing({ id: plan?.id ?? '', currency: 'eur', exchangeRate: 0.5 })
  assert.deepEqual(await told(), before)
  holds(await pdfOf('yui'), 'Tax in EUR: €2.50 (1 JPY = 0.0061333333 EUR).')
})

test('a correction is converted at the rate of the invoice it corrects, one of no invoice at the rate of its own day', async () => {
  const { client } = story.world
  const { data: invoices } = await client.invoices.list({ customerId: 'yui' })
  const corrected = invoices?.[0]?.id ?? ''
  const adjust = async (amount: number, invoiceId?: string) => {
    const body = { customerId: 'yui', amount, description: 'Setup', ...(invoiceId ? { invoiceId } : {}) }
    const { body: made } = await story.world.request('POST', '/api/v1/invoices', { body })
    const { data } = await client.invoices.get({ id: made.data.id })
    return (data as unknown as { taxInSellerCurrency: unknown }).taxInSellerCurrency
  }
  // Since the invoice a dollar has become 0.5 euros. 10 % of 5,000 yen are 500 yen.
  const atFirst = { currency: 'eur', exchangeRate: 0.0061333333 }
  assert.deepEqual(await adjust(5000, corrected), { ...atFirst, amount: 307 })
  holds(await pdfOf('yui'), 'Tax in EUR: €3.07 (1 JPY = 0.0061333333 EUR).')
  assert.deepEqual(await adjust(-5000, corrected), { ...atFirst, amount: 0 })
  holds(await pdfOf('yui'), 'Credit note', 'Tax in EUR: €0.00 (1 JPY = 0.0061333333 EUR).')
  assert.deepEqual(await adjust(5000), { currency: 'eur', exchangeRate: 0.0033333333, amount: 167 })
  assert.equal(await adjust(-5000), null)
})

test('a customer without a plan is charged in dollars, and their tax is told at the rate that was given last', async () => {
  await customerAt(story.world, 'zoe', 'JP')
  const body = { customerId: 'zoe', amount: 10_000, description: 'Workshop' }
  const { body: made } = await story.world.request('POST', '/api/v1/invoices', { body })
  const { data } = await story.world.client.invoices.get({ id: made.data.id })
  const { taxAmount, taxInSellerCurrency } = data as unknown as { taxAmount: number; taxInSellerCurrency: unknown }
  assert.equal(taxAmount, 1000)
  assert.deepEqual(taxInSellerCurrency, { currency: 'eur', exchangeRate: 0.5, amount: 500 })
})
