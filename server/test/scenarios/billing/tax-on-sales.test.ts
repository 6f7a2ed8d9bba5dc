import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { activate, sell } from '../../support/addon-stories.ts'
import { ChangeStory } from '../../support/plan-changes.ts'
import { joinFrom, registerTax, taxesShown } from '../../support/taxes.ts'

let story: ChangeStory
before(async () => {
  story = await ChangeStory.on('2041-06-01')
  await registerTax(story.world, 'DE', ['DE', 'EU', 'CA'])
  const pro = await story.plan('pro', { price: 2900, features: { calls: { included: 10, beyond: 3300 } } })
  const business = await story.plan('business', { price: 9900, features: { calls: { included: 100 } } })
  await story.seats(pro, 1, 250_000)
  await story.seats(business, 2, 200_000)
  await story.group(pro, business)
  await funded('credits', { includedCredits: 100 }, { creditsPerUnit: 1 })
  await funded('balance', { includedBalance: 100_000 }, { overage: { enabled: true, unitPrice: 100 } })
})
after(() => story.close())

async function funded(model: 'credits' | 'balance', funds: Record<string, number>, unit: Record<string, unknown>) {
  const { client } = story.world
  const { data } = await client.plans.create({ code: model, name: model, consumptionModel: model })
  await client.features.create({ code: `${model}_calls`, name: 'Calls', type: 'usage' })
  await client.plans.addFeature({ id: data?.id ?? '', featureId: `${model}_calls`, ...unit })
  await client.plans.addPrice({ id: data?.id ?? '', billingInterval: 'monthly', price: 2900, ...funds })
}

/** The newest invoice of a customer: type, totals, and each line with its tax. */
async function newest(customer: string): Promise<string> {
  const { body } = await story.world.request('GET', `/api/v1/invoices?customerId=${customer}`)
  const [{ invoiceType, subtotal, taxAmount, total, lineItems }] = body.data
  const lines = lineItems.map(
    (line: { lineType: string; amount: number; taxAmount: number }) =>
      `${line.lineType} ${line.amount} + ${line.taxAmount}`,
  )
  return `${invoiceType} ${subtotal} + ${taxAmount} = ${total}: ${lines.join(', ')}`
}
const idOf = async (customer: string) => (await story.subscription(customer)).id
const charged = async () => (await story.booked()).at(-1)

test('a pack of credits at $10.99 in Germany: 19 % are $2.09, and $13.08 are charged', async () => {
  const { client } = story.world
  await joinFrom(story, 'ada', 'DE', 'credits')
  const { data: pack } = await client.creditPacks.create({ name: 'Small', credits: 50, price: 1099 })
  await client.subscriptions.purchaseCredits({ id: await idOf('ada'), creditPackId: pack?.id ?? '' })
  assert.equal(await newest('ada'), 'credit_purchase 1099 + 209 = 1308: one_time 1099 + 209')
  assert.equal(await charged(), 'succeeded 1308')
  assert.equal((await story.subscription('ada')).credits?.purchased, 50)
})

test('a top-up of $5.55 in Quebec has both taxes, $0.28 and $0.55, and adds $5.55', async () => {
  await joinFrom(story, 'bea', 'CA-QC', 'balance')
  await story.world.client.subscriptions.topupBalance({ id: await idOf('bea'), amount: 555 })
  assert.equal(await newest('bea'), 'balance_topup 555 + 83 = 638: one_time 555 + 83')
  assert.deepEqual(await taxesShown(story.world, 'bea'), ['charged', 'GST 5% on 555 = 28', 'QST 9.975% on 555 = 55'])
  assert.equal(await charged(), 'succeeded 638')
  assert.equal((await story.subscription('bea')).balance?.remaining, 155_500)
})

test('a French business with a VAT number buys credits without tax: it is liable itself', async () => {
  await joinFrom(story, 'cie', 'FR', 'credits', { taxDocument: 'FR40303265045' })
  const { data: pack } = await story.world.client.creditPacks.create({ name: 'Large', credits: 500, price: 9999 })
  await story.world.client.subscriptions.purchaseCredits({ id: await idOf('cie'), creditPackId: pack?.id ?? '' })
  assert.equal(await newest('cie'), 'credit_purchase 9999 + 0 = 9999: one_time 9999 + 0')
  assert.deepEqual(await taxesShown(story.world, 'cie'), ['reverse_charge'])
})

test('half a month of an add-on at $19.99 is $10.00 and $1.90 tax, activated and renewed', async () => {
  const { id } = await sell(story.world, { feature: 'reports', price: 1999 })
  await joinFrom(story, 'dan', 'DE', 'pro')
  await story.goTo('2041-06-16')
  assert.equal(await activate(story, 'dan', id), 1000)
  assert.equal(await newest('dan'), 'addon_activation 1000 + 190 = 1190: addon_base 1000 + 190')
  assert.equal(await charged(), 'succeeded 1190')
  await story.until('2041-07-01')
  assert.equal(await newest('dan'), 'recurring 4899 + 931 = 5830: plan_base 2900 + 551, addon_base 1999 + 380')
})

test('$29 to $99 with 15 of 30 days left in Germany: each line is taxed and rounded by itself', async () => {
  await story.goTo('2041-09-01')
  await joinFrom(story, 'eva', 'DE', 'pro')
  await story.use('eva', 'calls', 13)
  await story.hold('eva', 3)
  await story.goTo('2041-09-16')
  const billing = await story.changeNow('eva', (await planId('business')) ?? '')
  // 99.00 − 14.50 + 0.99 for three calls + one seat at 20.00; the two seats added on 1 September at 25.00 for 15 of 30 days.
  // The credit takes its share of each line, 9.90, 0.10, 2.50 and 2.00; 19 % of what is left of each is rounded.
  assert.equal(
    await newest('eva'),
    'plan_change 13049 + 2480 = 15529: plan_base 9900 + 1693, credit -1450 + 0, feature_overage 99 + 17, feature_seats 2500 + 428, feature_seats 2000 + 342',
  )
  assert.deepEqual(
    [billing.credit, billing.charge, billing.netAmount, billing.taxAmount, billing.totalCharged],
    [1450, 14_499, 13_049, 2480, 15_529],
  )
  await story.assertExplained('eva')
})

test('the same change of a French business with a VAT number costs no tax', async () => {
  await joinFrom(story, 'fab', 'FR', 'pro', { taxDocument: 'FR40303265045' })
  await story.goTo('2041-10-01')
  const billing = await story.changeNow('fab', (await planId('business')) ?? '')
  // 29.00 × 15 ÷ 30 are left of 16 September to 16 October.
  assert.deepEqual([billing.credit, billing.taxAmount, billing.totalCharged], [1450, 0, 8450])
  assert.deepEqual(await taxesShown(story.world, 'fab'), ['reverse_charge'])
})

const planId = async (code: string) => (await story.world.client.plans.get({ id: code })).data?.id
