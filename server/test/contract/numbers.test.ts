import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Story } from '../support/billing-stories.ts'
import type { Answer } from '../support/world.ts'

const numbers = [0, -1, 0.1, 2 ** 31, 2 ** 53 - 1, 2 ** 53, 1e18, 1e300, '5', null]

let story: Story
let made = 0
before(async () => {
  story = await Story.on('2041-06-01')
})
after(() => story.close())

type Request = { method: string; path: string; body: Record<string, unknown> }

const post = (path: string, body: Record<string, unknown>): Request => ({
  method: 'POST',
  path: `/api/v1${path}`,
  body,
})
const put = (path: string, body: Record<string, unknown>): Request => ({ ...post(path, body), method: 'PUT' })
const send = ({ method, path, body }: Request): Promise<Answer> => story.world.request(method, path, { body })
async function make(path: string, body: Record<string, unknown>): Promise<{ id: string }> {
  const { status, body: answer } = await send(post(path, body))
  assert(status < 300, JSON.stringify(answer))
  return answer.data
}

/** Where the numbers of a body are. */
function places(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value === 'number') return [[...path]]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => places(inner, [...path, name]))
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => (inner as Record<string, unknown> | null | undefined)?.[name], value)
}

// A list may be answered with more than was sent, in an order of its own.
const isInList = (place: readonly string[]) => place.some((name) => /^\d+$/.test(name))

function replaced(body: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value
  const copy = (Array.isArray(body) ? [...body] : { ...(body as object) }) as Record<string, unknown>
  copy[name] = replaced(copy[name], rest, value)
  return copy
}

/**
 * Sends every number of a request in every size. None may be answered with a failure of the server; what is refused as invalid is
 * refused at the field, and what is accepted is what was sent.
 */
async function fuzz(newRequest: () => Promise<Request> | Request): Promise<string[]> {
  const accepted: string[] = []
  const sample = await newRequest()
  assert((await send(sample)).status < 300, `${sample.path} as it is: ${JSON.stringify((await send(sample)).body)}`)
  for (const place of places(sample.body)) {
    for (const number of numbers) {
      const request = await newRequest()
      const body = replaced(request.body, place, number) as Record<string, unknown>
      const { status, body: answer } = await send({ ...request, body })
      const story = `${request.path} ${place.join('.')} = ${number}: ${status} ${JSON.stringify(answer)}`
      assert(status < 500, story)
      if (status === 422) {
        const fields: string[] = answer.error.details.map(({ field }: { field: string }) => field)
        assert(fields.length > 0, story)
        if (typeof number === 'string' || number === 1e300 || number === 2 ** 53) {
          assert(
            fields.some((field) => place.join('.').startsWith(field) || field.startsWith(place.join('.'))),
            story,
          )
        }
      }
      if (status >= 300) continue
      assert(typeof number !== 'string' && number !== 1e300 && number !== 2 ** 53, `accepted ${story}`)
      const shown = at(answer.data, place)
      if (number !== null && typeof shown === 'number' && !isInList(place)) assert.equal(shown, number, story)
      accepted.push(`${place.join('.')} ${number}`)
    }
  }
  return accepted
}

const code = (prefix: string) => `${prefix}_${++made}`

test('catalogue: prices, trials, offers, features, groups, packs, promo codes, add-ons, regional prices, AI models, tax', async () => {
  const plan = async (more: Record<string, unknown> = {}) =>
    make('/plans/manage', { name: 'P', code: code('p'), ...more })
  const intro = (discountType: string) => ({ enabled: true, discountType, discountValue: 10, durationCycles: 2 })
  const price = { billingInterval: 'monthly', price: 2900, trialDays: 3 }
  await fuzz(async () => post(`/plans/${(await plan()).id}/prices`, { ...price, introOffer: intro('percentage') }))
  await fuzz(async () => post(`/plans/${(await plan()).id}/prices`, { ...price, introOffer: intro('amount') }))
  await fuzz(async () =>
    post(`/plans/${(await plan({ consumptionModel: 'credits' })).id}/prices`, { ...price, includedCredits: 5 }),
  )
  await fuzz(async () =>
    post(`/plans/${(await plan({ consumptionModel: 'balance' })).id}/prices`, { ...price, includedBalance: 5 }),
  )
  await make('/features/manage', { name: 'F', code: 'metered', type: 'usage' })
  await make('/features/manage', { name: 'S', code: 'held', type: 'seats' })
  const overage = { enabled: true, unitPrice: 200 }
  for (const featureId of ['metered', 'held']) {
    await fuzz(async () => post(`/plans/${(await plan()).id}/features`, { featureId, includedAmount: 5, overage }))
  }
  await fuzz(async () =>
    post(`/plans/${(await plan({ consumptionModel: 'credits' })).id}/features`, {
      featureId: 'metered',
      creditsPerUnit: 3,
    }),
  )
  await fuzz(async () =>
    post(`/plans/${(await plan({ consumptionModel: 'balance' })).id}/features`, {
      featureId: 'metered',
      pricingMode: 'ai_model',
      margin: 2000,
    }),
  )
  const group = await make('/plan-groups', { name: 'G' })
  await fuzz(async () => post(`/plan-groups/${group.id}/plans`, { planId: (await plan()).id, sortOrder: 3 }))
  await fuzz(() => post('/credit-packs/manage', { name: code('pack'), credits: 10, price: 100 }))
  for (const discountType of ['percentage', 'amount']) {
    await fuzz(() =>
      post('/promo-codes', {
        code: `C-${++made}`,
        discountType,
        discountValue: 1000,
        durationCycles: 2,
        maxRedemptions: 3,
      }),
    )
  }
  const feature = async () => (await make('/features/manage', { name: 'F', code: code('f'), type: 'usage' })).id
  const sold = { name: 'More', basePrice: 500 }
  await fuzz(async () =>
    post('/addons', {
      ...sold,
      featureId: await feature(),
      consumptionModel: 'metered',
      includedUnits: 5,
      overageRate: 2,
    }),
  )
  await fuzz(async () =>
    post('/addons', { ...sold, featureId: await feature(), consumptionModel: 'credits', creditCost: 2 }),
  )
  const priced = await plan()
  const { id: priceId } = await make(`/plans/${priced.id}/prices`, price)
  await fuzz(() =>
    put(`/plans/${priced.id}/regional`, { currency: 'brl', exchangeRate: 5, prices: [{ priceId, price: 9 }] }),
  )
  await fuzz(() =>
    put(`/plans/${priced.id}/prices/${priceId}/regional`, { overrides: [{ currency: 'jpy', price: 9 }] }),
  )
  await fuzz(() => put('/tax-rates', { country: 'DE', rates: [{ name: 'VAT', percentage: 19 }] }))
})

test('subscriptions, seats, quota, usage, ledgers, caps, payments and adjustments', async () => {
  const { client } = story.world
  const sub = async (customer: string, model: 'metered' | 'credits' | 'balance') => {
    const plan = await make('/plans/manage', { name: customer, code: customer, consumptionModel: model })
    const funds = { credits: { includedCredits: 100 }, balance: { includedBalance: 100_000 }, metered: {} }[model]
    await make(`/plans/${plan.id}/prices`, { billingInterval: 'monthly', price: 2900, ...funds })
    const unit = {
      credits: { creditsPerUnit: 2 },
      balance: { overage: { enabled: true, unitPrice: 100 } },
      metered: {},
    }[model]
    await client.features.create({ code: `${model}_calls`, name: 'Calls', type: 'usage' })
    await make(`/plans/${plan.id}/features`, { featureId: `${model}_calls`, unlimited: model === 'metered', ...unit })
    if (model === 'metered') {
      const overage = { enabled: true, unitPrice: 200 }
      for (const [feature, type] of [
        ['seats', 'seats'],
        ['projects', 'quota'],
      ] as const) {
        await make('/features/manage', { name: feature, code: feature, type })
        await make(`/plans/${plan.id}/features`, { featureId: feature, includedAmount: 5, overage })
      }
    }
    return story.join(customer, customer)
  }
  const ada = await sub('ada', 'metered')
  const cy = await sub('cy', 'credits')
  const bo = await sub('bo', 'balance')
  const newCustomer = async () => (await make('/customers', { email: 'n@example.com', id: code('n') })).id
  const initialSeats = { seats: 3 }
  const asked = { planCode: 'ada', customTrialDays: 3, initialSeats }
  const bound = await fuzz(async () => post('/subscriptions', { customerId: await newCustomer(), ...asked }))
  assert(!bound.some((one) => one.startsWith('initialSeats.seats') && !one.endsWith(' 0')), bound.join(', '))
  const introOffer = { discountType: 'amount', discountValue: 100, durationCycles: 2 }
  await fuzz(async () => post('/subscriptions', { customerId: await newCustomer(), planCode: 'ada', introOffer }))
  const seats = { customerId: 'ada', featureCode: 'seats', count: 2 }
  await fuzz(() => put('/seats', seats))
  await fuzz(() => post('/seats', { ...seats, count: 1 }))
  await fuzz(() => put('/seats/bulk', { customerId: 'ada', seats: { seats: 2 } }))
  await fuzz(() => put('/usage/quota', { ...seats, featureCode: 'projects' }))
  await fuzz(() => post('/usage/quota', { ...seats, featureCode: 'projects' }))
  await fuzz(() => post('/usage/events', { customerId: 'ada', feature: 'metered_calls', value: 1 }))
  await fuzz(() => post('/usage/events', { customerId: 'bo', feature: 'balance_calls', value: 1 }))
  await fuzz(() => post('/usage/check', { customerId: 'cy', featureCode: 'credits_calls', quantity: 1 }))
  await fuzz(() => put('/usage', { customerId: 'ada', feature: 'metered_calls', value: 2 }))
  await fuzz(() => post('/usage/reservations', { customerId: 'bo', featureCode: 'balance_calls', quantity: 1 }))
  await fuzz(() => post(`/subscriptions/${bo}/balance/adjust`, { amount: 10 }))
  await fuzz(() => post(`/subscriptions/${cy}/balance/adjust`, { amount: 10 }))
  await fuzz(() => post(`/subscriptions/${bo}/balance/topup`, { amount: 500 }))
  await fuzz(() => put(`/subscriptions/${ada}/spend-cap`, { amount: 500 }))
  const workshop = { amount: 4900, currency: 'usd', description: 'Workshop' }
  await fuzz(() => post('/payments', workshop))
  await fuzz(() => post('/payments/charge', { ...workshop, customerId: 'ada' }))
  await fuzz(() => post('/invoices', { customerId: 'ada', amount: 100, description: 'Correction' }))
  await fuzz(() => post('/api-keys', { name: code('key'), expiresInDays: 5 }))
})

test('simulations: a draft of any size is answered or refused at its field', async () => {
  await story.plan('simulated', { price: 2900, features: { sim_calls: { included: 100, beyond: 200 } } })
  await story.join('sim', 'simulated')
  await story.use('sim', 'sim_calls', 15_000)
  await story.until('2041-08-02')
  const draft = {
    planCode: 'simulated',
    prices: [{ billingInterval: 'monthly', price: 9900 }],
    features: [{ code: 'sim_calls', includedAmount: 20, overage: { enabled: true, unitPrice: 300 } }],
  }
  const accepted = await fuzz(() => post('/billing/simulations', { plan: draft, months: 6, customers: 5 }))
  assert(accepted.includes('plan.prices.0.price 2147483648'))
  for (const [field, plan] of [
    ['plan.prices.0.price', replaced(draft, ['prices', '0', 'price'], 2 ** 53 - 1)],
    ['plan.features.0.overage.unitPrice', replaced(draft, ['features', '0', 'overage', 'unitPrice'], 2 ** 53 - 1)],
  ] as const) {
    const { status, body } = await send(post('/billing/simulations', { plan }))
    assert.deepEqual([status, body.error.code, body.error.param], [422, 'validation_error', field])
  }
})
