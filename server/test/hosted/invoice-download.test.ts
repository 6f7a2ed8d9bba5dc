import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { extractText, getDocumentProxy } from 'unpdf'
import { cards, confirmation, hosted, newCheckout } from '../support/checkouts.ts'
import { createWorld } from '../support/world.ts'

const world = await createWorld()
const { client } = world
after(() => world.close())

const seller = {
  legalName: 'Acme Software S.L.',
  address: { line1: 'Calle de Alcalá 1', city: 'Madrid', postalCode: '28014', country: 'ES' },
  taxId: 'ESB12345678',
}
const settings = (body: unknown) => world.request('PUT', '/api/v1/settings', { body })

let paid: { customerId: string; subscriptionId: string; invoiceId: string }
before(async () => {
  await settings(seller)
  const checkout = await newCheckout(world)
  assert.equal((await hosted(world, 'POST', `${checkout.token}/confirm`, confirmation(cards.pays))).status, 200)
  const { data } = await client.invoices.list({ subscriptionId: checkout.subscriptionId })
  paid = { ...checkout, invoiceId: data?.[0]?.id ?? '' }
})

async function pathOf(id: string): Promise<string> {
  const { data } = await client.invoices.getDownloadUrl({ id })
  return new URL(data?.url ?? '').pathname
}

async function open(path: string) {
  const response = await fetch(world.url + path, { redirect: 'manual' })
  return { status: response.status, headers: response.headers, file: new Uint8Array(await response.arrayBuffer()) }
}

async function textOf(path: string): Promise<string> {
  const { file } = await open(path)
  const { text } = await extractText(await getDocumentProxy(file), { mergePages: true })
  return text.replaceAll(/\s+/g, ' ')
}

test('a link opens the PDF without a key, under the invoice’s number, and nobody keeps or frames it', async () => {
  const { status, headers, file } = await open(await pathOf(paid.invoiceId))
  assert.equal(status, 200)
  assert.equal(headers.get('content-type'), 'application/pdf')
  assert.match(headers.get('content-disposition') ?? '', /^inline; filename="TEST-\d{6}\.pdf"$/)
  assert.equal(headers.get('cache-control'), 'no-store')
  assert.equal(headers.get('referrer-policy'), 'no-referrer')
  assert.equal(headers.get('x-content-type-options'), 'nosniff')
  assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/)
  assert.equal(Buffer.from(file.subarray(0, 5)).toString(), '%PDF-')
})

test('each file that was given out of a final invoice is known by its SHA-256, once', async () => {
  const hashes = async () =>
    ((await client.invoices.get({ id: paid.invoiceId })).data as unknown as { fileHashes: string[] }).fileHashes
  const path = await pathOf(paid.invoiceId)
  const digest = createHash('sha256')
    .update((await open(path)).file)
    .digest('hex')
  await open(path)
  assert.deepEqual(await hashes(), [digest])
  const waiting = await newCheckout(world)
  const { data } = await client.invoices.list({ subscriptionId: waiting.subscriptionId })
  assert.equal((await open(await pathOf(data?.[0]?.id ?? ''))).status, 200)
  const { rows } = await world.database.pool.query('select distinct invoice_id from invoice_file')
  assert.deepEqual(rows, [{ invoice_id: paid.invoiceId }])
})

test('it is made from what was copied when the invoice became final, not from today’s customer or seller', async () => {
  const path = await pathOf(paid.invoiceId)
  const before = await open(path)
  const text = await textOf(path)
  for (const part of ['Acme Software S.L.', 'VAT ID ESB12345678', 'Ada Lovelace', 'Visa ending in 4242', '$29.00']) {
    assert(text.includes(part), `${part} in ${text}`)
  }
  await client.customers.update({ id: paid.customerId, fullName: 'Somebody Else' })
  await settings({ legalName: 'Other GmbH', taxId: null })
  const after = await open(await pathOf(paid.invoiceId))
  assert.equal(after.headers.get('etag'), before.headers.get('etag'))
  assert.deepEqual(after.file, before.file)
  await settings(seller)
})

test('an invoice that waits at its checkout is a pro forma with a way to pay', async () => {
  const waiting = await newCheckout(world, { price: 9900 })
  const { data } = await client.invoices.list({ subscriptionId: waiting.subscriptionId })
  const text = await textOf(await pathOf(data?.[0]?.id ?? ''))
  assert(text.includes('Pro forma invoice') && text.includes('$99.00 due'), text)
  // A long address goes over two lines.
  assert(text.replaceAll(' ', '').includes(`http://halley.test/checkout/${waiting.token}`), text)
})

test('a link that was changed anywhere is not found, and one that is over says so', async () => {
  const path = await pathOf(paid.invoiceId)
  const token = path.slice('/invoices/'.length)
  const parts = token.split('-')
  for (const [index, part] of parts.entries()) {
    // The last character of the signature has bits that mean nothing.
    for (let at = 0; at < part.length - (index === 3 ? 1 : 0); at++) {
      const other = part[at] === 'a' ? 'b' : 'a'
      const changed = parts.with(index, part.slice(0, at) + other + part.slice(at + 1)).join('-')
      assert.equal((await open(`/invoices/${changed}`)).status, 404, changed)
    }
  }
  for (const wrong of ['', 'x', `${token}a`, token.replaceAll('-', '.')]) {
    assert.equal((await open(`/invoices/${wrong}`)).status, 404, wrong)
  }
  // A checkout's token is of another purpose.
  const checkout = await newCheckout(world)
  assert.equal((await open(`/invoices/${checkout.token}`)).status, 404)
  assert.equal((await open(path)).status, 200)
})

test('a correction names the invoice it corrects, on the document and in the API', async () => {
  const adjust = (invoiceId: string) => {
    const body = { customerId: paid.customerId, amount: -500, description: 'An hour without service', invoiceId }
    return world.request('POST', '/api/v1/invoices', { body })
  }
  const { status, body } = await adjust(paid.invoiceId)
  assert.equal(status, 201, JSON.stringify(body))
  const shown = (await world.request('GET', `/api/v1/invoices/${body.data.id}`)).body.data
  const original = (await world.request('GET', `/api/v1/invoices/${paid.invoiceId}`)).body.data
  assert.equal(shown.reference, original.invoiceNumber)
  assert.match(await textOf(await pathOf(body.data.id)), new RegExp(`Credit note.*Reference ${original.invoiceNumber}`))
  const open = await newCheckout(world)
  const { data } = await client.invoices.list({ subscriptionId: open.subscriptionId })
  assert.equal((await adjust(data?.[0]?.id ?? '')).body.error.code, 'invoice_not_found')
  const own = { customerId: open.customerId, amount: 500, description: 'More', invoiceId: data?.[0]?.id }
  const refused = await world.request('POST', '/api/v1/invoices', { body: own })
  assert.deepEqual([refused.status, refused.body.error.param], [422, 'invoiceId'])
})
