import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { inTransaction } from '#database/transaction.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { removeConnection } from '#payments/actions/change-connections.ts'
import { machineNow } from '#time/clock.ts'
import { connect } from '../support/connections.ts'
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
      dataSet: 'sales-tax 2.23.0',
      note: null,
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
  assert.deepEqual(body.data.tax, {
    mode: 'automatic',
    registrations: ['DE', 'EU', 'US-TX'],
    connection: null,
  })
  assert.equal((await set({ address: null })).status, 422)
  const wrong = await set({ tax: { registrations: ['Germany'] } })
  assert.equal(wrong.body.error.param, 'tax.registrations.0')
  const provider = await set({ tax: { mode: 'provider' } })
  assert.deepEqual(
    [provider.status, provider.body.error.code, provider.body.error.param],
    [409, 'provider_unsupported', 'tax.mode'],
  )
  assert.match(provider.body.error.message, /Stripe account .*halley providers add stripe/)
  assert.equal((await set({ tax: { mode: 'none' } })).body.data.tax.mode, 'none')
})

test('Settings.update: tax by the provider needs a Stripe account that stays connected, and stays with the one that was chosen', async () => {
  const connected = await createWorld()
  const set = (tax: unknown) => connected.request('PUT', '/api/v1/settings', { body: { tax } })
  const stripe = (name: string) =>
    connect(
      connected,
      'stripe',
      { secretKey: `sk_test_${name}12345678`, publishableKey: `pk_test_${name}12345678` },
      name,
    )
  const dlocal = { login: 'login', transKey: 'trans', secretKey: 'secret' }
  await connect(connected, 'dlocal', dlocal)
  assert.equal((await set({ mode: 'provider' })).status, 409)
  const first = await stripe('first')
  const second = await stripe('second')
  assert.deepEqual((await set({ mode: 'provider' })).body.data.tax, {
    mode: 'provider',
    registrations: [],
    connection: second,
  })
  assert.equal((await set({ connection: 'first' })).body.data.tax.connection, first)
  assert.equal((await set({ mode: 'provider' })).body.data.tax.connection, first)
  assert.equal((await set({ connection: null })).body.data.tax.connection, second)
  const unknown = await set({ connection: 'dlocal' })
  assert.deepEqual([unknown.status, unknown.body.error.param], [409, 'tax.connection'])
  const org = await findOrg(connected.db, connected.orgId)
  assert(org)
  const remove = () =>
    inTransaction(connected.db, (tx) =>
      removeConnection(tx, { org, now: machineNow() }, 'second', { withMethods: true }),
    )
  await assert.rejects(remove, /second calculates the tax of this side/)
  assert.equal((await set({ mode: 'automatic' })).body.data.tax.connection, null)
  await remove()
  await connected.close()
})
