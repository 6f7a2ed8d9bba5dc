import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createWorld } from '../support/world.ts'

const world = await createWorld()
after(() => world.close())

const unset = {
  legalName: null,
  address: null,
  taxId: null,
  registration: null,
  hsnCode: null,
  supportEmail: null,
  paymentInstructions: null,
  language: 'en',
  notificationEmail: null,
  netDays: 30,
  mail: { enabled: true, delivery: null, off: [], wanted: [] },
  tax: { mode: 'automatic', registrations: [], connection: null },
  withdrawal: { enabled: true },
  object: 'settings',
}

const put = (body: unknown, key = world.sandboxKey) => world.request('PUT', '/api/v1/settings', { key, body })
const get = async (key = world.sandboxKey) => (await world.request('GET', '/api/v1/settings', { key })).body.data

test('Settings.get: nothing is set at first, on either side', async () => {
  assert.deepEqual(await get(), { ...unset, livemode: false })
  assert.deepEqual(await get(world.liveKey), { ...unset, livemode: true })
})

test('Settings.update: what is left out stays, null takes away, the other side is not touched', async () => {
  const address = { line1: 'Calle de Alcalá 1', city: 'Madrid', postalCode: '28014', country: 'es' }
  const { status, body } = await put({ legalName: ' Acme S.L. ', address, taxId: 'ESB12345678', language: 'es' })
  assert.equal(status, 200)
  const whole = { ...address, line2: null, state: null, country: 'ES' }
  const expected = { ...unset, legalName: 'Acme S.L.', address: whole, taxId: 'ESB12345678', language: 'es' }
  assert.deepEqual(body.data, { ...expected, livemode: false })
  await put({ taxId: null, mail: { off: ['receipt', 'receipt'] } })
  const { data } = (await put({ mail: { enabled: false } })).body
  assert.deepEqual([data.taxId, data.legalName], [null, 'Acme S.L.'])
  assert.deepEqual(data.mail, { enabled: false, delivery: null, off: ['receipt'], wanted: [] })
  assert.deepEqual(await get(), data)
  assert.deepEqual(await get(world.liveKey), { ...unset, livemode: true })
})

test('Settings.update: what makes no sense is refused by its field', async () => {
  for (const [body, field] of [
    [{ supportEmail: 'nobody' }, 'supportEmail'],
    [{ language: 'fr' }, 'language'],
    [{ address: { line1: 'A', city: 'B', postalCode: '1', country: 'XX' } }, 'address.country'],
    [{ mail: { off: ['everything'] } }, 'mail.off.0'],
    [{ mail: { wanted: ['receipt'] } }, 'mail.wanted.0'],
    [{ legalName: '' }, 'legalName'],
    [{ netDays: -1 }, 'netDays'],
    [{ netDays: 1.5 }, 'netDays'],
  ] as const) {
    const { status, body: answer } = await put(body)
    assert.deepEqual([status, answer.error.details[0].field], [422, field])
  }
})

test('Settings.update: customers have as many days to pay an adjustment as are set, and those issued before keep theirs', async () => {
  const customer = await world.client.customers.create({ email: 'ada@example.com' })
  const body = { customerId: customer.data?.id, type: 'adjustment', amount: 1_000, description: 'A correction' }
  const issue = async () => (await world.request('POST', '/api/v1/invoices', { body })).body.data
  const daysOf = ({ dueDate, issueDate }: { dueDate: string; issueDate: string }) =>
    (Date.parse(dueDate) - Date.parse(issueDate)) / 86_400_000
  const before = await issue()
  assert.equal(daysOf(before), 30)
  assert.equal((await put({ netDays: 14 })).body.data.netDays, 14)
  assert.equal(daysOf(await issue()), 14)
  const kept = (await world.request('GET', `/api/v1/invoices/${before.id}`)).body.data
  assert.equal(daysOf(kept), 30)
  assert.equal((await put({ netDays: 366 })).body.error.details[0].field, 'netDays')
})
