import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { ProviderUnreachable } from '#payments/provider.ts'
import { stripeProvider } from '#payments/providers/stripe/stripe-provider.ts'
import type { TaxQuestion } from '#tax/asked-tax.ts'
import { StripeDouble, type StripeFault } from '../../../../test/support/stripe-double.ts'

let double = await StripeDouble.start()
const service = (secretKey = double.secretKey) =>
  stripeProvider({ secretKey, mode: 'sandbox', address: double.url, timeoutMs: 300 }).tax
beforeEach(async () => {
  await double.stop()
  double = await StripeDouble.start()
  double.tax.taxes.set('DE', [{ name: 'VAT', percentage: '19.0', jurisdiction: 'Germany' }])
})
after(() => double.stop())

const berlin: TaxQuestion = { country: 'DE', region: null, postalCode: '10119', taxId: null }

test('what is told is a place, a tax number and a round amount: no name, no street, nothing of a sale', async () => {
  const result = await service()?.ask({ ...berlin, taxId: { kind: 'VAT', value: 'DE136695976' } })
  assert.equal(result?.outcome === 'answered' && result.answer.rates[0]?.rate, 190_000n)
  const told = Object.fromEntries(new URLSearchParams(double.bodies.at(-1)))
  assert.deepEqual(told, {
    currency: 'usd',
    'line_items[0][amount]': '1000000',
    'line_items[0][reference]': 'rates',
    'line_items[0][tax_behavior]': 'exclusive',
    'customer_details[address][country]': 'DE',
    'customer_details[address][postal_code]': '10119',
    'customer_details[address_source]': 'billing',
    'customer_details[tax_ids][0][type]': 'eu_vat',
    'customer_details[tax_ids][0][value]': 'DE136695976',
    'expand[0]': 'line_items.data.tax_breakdown',
  })
})

test('no answer in time, none at all and one that is broken leave it open', async () => {
  for (const fault of ['hang', 'drop_before', 'drop_after', 'fail_500'] satisfies StripeFault[]) {
    double.taxFault = fault
    await assert.rejects(async () => service()?.ask(berlin), ProviderUnreachable, fault)
  }
})

test('keys that are not good, an account without Stripe Tax and a fixed fee are refused with their reason', async () => {
  const message = async (key?: string) => {
    const result = await service(key)?.ask(berlin)
    return result?.outcome === 'refused' ? result.message : result
  }
  assert.match(String(await message('sk_test_another12345678')), /Invalid API Key/)
  double.tax.isInactive = true
  assert.match(String(await message()), /not been activated/)
  double.tax.isInactive = false
  double.tax.taxes.set('DE', [{ name: 'Fee', percentage: '0', jurisdiction: 'Germany', fixed: 28 }])
  assert.match(String(await message()), /no percentage/)
})

test('a place that Stripe does not find, or that cannot be asked about, is unknown', async () => {
  const treatment = async (question: TaxQuestion) => {
    const result = await service()?.ask(question)
    return result?.outcome === 'answered' ? result.answer.treatment : result
  }
  assert.equal(await treatment({ ...berlin, postalCode: '00000' }), 'place_unknown')
  const before = double.tax.asked.length
  assert.equal(await treatment({ ...berlin, country: 'US', postalCode: '' }), 'place_unknown')
  assert.equal(double.tax.asked.length, before)
})
