import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createWorld, type World } from '../support/world.ts'

let world: World
before(async () => {
  world = await createWorld()
})
after(() => world.close())

const path = '/api/v1/tax-rates'
const get = async (query: string) => (await world.request('GET', `${path}${query}`)).body
const put = (body: Record<string, unknown>) => world.request('PUT', path, { body })
const remove = (body: Record<string, unknown>) => world.request('DELETE', path, { body })
const told = (data: { country: string; region: string | null; source: string; rates: unknown[] }[]) =>
  data.map(({ country, region, source, rates }) => [country, region, source, JSON.stringify(rates)].join(' '))

test('TaxRates.list: every place once, page by page', async () => {
  const seen = new Set<string>()
  let cursor = ''
  do {
    const { data, nextCursor, hasMore } = await get(`?limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`)
    for (const { country, region } of data) seen.add(`${country} ${region}`)
    cursor = hasMore ? nextCursor : ''
  } while (cursor !== '')
  assert.ok(seen.size > 170, `${seen.size} places`)
})

test('TaxRates.list: of one country, also on another day', async () => {
  assert.deepEqual((await get('?country=de')).data, [
    {
      country: 'DE',
      region: null,
      rates: [{ name: 'VAT', percentage: 19 }],
      source: 'shipped',
      validFrom: '2021-01-01',
      object: 'tax_rates',
      livemode: false,
    },
  ])
  assert.deepEqual(told((await get('?country=EE&on=2025-06-30')).data), [
    'EE  shipped [{"name":"VAT","percentage":22}]',
  ])
})

test('TaxRates.set, TaxRates.remove: own rates hold from their day on this side alone, and end again', async () => {
  const rates = [
    { name: 'GST', percentage: 5 },
    { name: 'QST', percentage: 10.125 },
  ]
  const { status, body } = await put({ country: 'ca', region: 'qc', rates, validFrom: '2026-01-01' })
  assert.equal(status, 200)
  const { createdAt: _, ...change } = body.data
  assert.deepEqual(change, {
    country: 'CA',
    region: 'QC',
    rates,
    validFrom: '2026-01-01',
    object: 'tax_rate_change',
    livemode: false,
  })
  const ofQuebec = async (query = '') =>
    told((await get(`?country=CA&limit=100${query}`)).data).filter((one) => / QC /.test(one))
  assert.match((await ofQuebec())[0] ?? '', /own .*10\.125/)
  assert.match((await ofQuebec('&on=2025-12-31'))[0] ?? '', /shipped .*9\.975/)
  const live = await world.request('GET', `${path}?country=CA&limit=100`, { key: world.liveKey })
  assert(live.body.data.every(({ source }: { source: string }) => source === 'shipped'))
  assert.equal((await remove({ country: 'CA', region: 'QC' })).body.data.rates, null)
  assert.match((await ofQuebec())[0] ?? '', /shipped/)
  const again = await remove({ country: 'CA', region: 'QC' })
  assert.deepEqual([again.status, again.body.error.code], [404, 'not_found'])
})

test('TaxRates.set: what is no place or no rate is refused at its field', async () => {
  const refused = async (body: Record<string, unknown>) => {
    const { status, body: answer } = await put({ country: 'DE', rates: [], ...body })
    assert.equal(status, 422)
    return answer.error.details.map(({ field }: { field: string }) => field)
  }
  assert.deepEqual(await refused({ country: 'XX' }), ['country'])
  assert.deepEqual(await refused({ region: 'Bavaria' }), ['region'])
  assert.deepEqual(await refused({ rates: [{ name: '', percentage: 101 }] }), ['rates.0.name', 'rates.0.percentage'])
  assert.deepEqual(await refused({ rates: [{ name: 'VAT', percentage: 1.00001 }] }), ['rates.0.percentage'])
  assert.deepEqual(await refused({ validFrom: 'soon' }), ['validFrom'])
})

test('Settings.update: where tax is charged needs an address, and a provider without a tax service is refused', async () => {
  const set = (body: unknown) => world.request('PUT', '/api/v1/settings', { body })
  const homeless = await set({ tax: { registrations: ['DE'] } })
  assert.deepEqual([homeless.status, homeless.body.error.param], [422, 'address'])
  const address = { line1: 'Torstraße 1', city: 'Berlin', postalCode: '10119', country: 'DE' }
  const { body } = await set({ address, tax: { registrations: ['de', 'US-tx', 'EU', 'DE'] } })
  assert.deepEqual(body.data.tax, { mode: 'automatic', registrations: ['DE', 'EU', 'US-TX'] })
  assert.equal((await set({ address: null })).status, 422)
  const wrong = await set({ tax: { registrations: ['Germany'] } })
  assert.equal(wrong.body.error.param, 'tax.registrations.0')
  const provider = await set({ tax: { mode: 'provider' } })
  assert.deepEqual([provider.status, provider.body.error.code], [409, 'provider_unsupported'])
  assert.equal((await set({ tax: { mode: 'none' } })).body.data.tax.mode, 'none')
})
