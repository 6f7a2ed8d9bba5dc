import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { extractText, getDocumentProxy } from 'unpdf'
import { Story } from '../../support/billing-stories.ts'

let story: Story
before(async () => {
  story = await Story.on('2041-03-10')
  await story.plan('pro', { price: 2900 })
})
after(() => story.close())

async function order(customer: string, poNumber: string | null): Promise<void> {
  const { status, body } = await story.world.request('PUT', `/api/v1/customers/${customer}`, { body: { poNumber } })
  assert.deepEqual([status, body.data?.poNumber], [200, poNumber])
}

/** The purchase orders of a customer's invoices, in the order of their numbers. */
async function orders(customer: string): Promise<(string | null | undefined)[]> {
  const { data = [] } = await story.world.client.invoices.list({ customerId: customer })
  return data.toSorted((a, b) => a.invoiceNumber.localeCompare(b.invoiceNumber)).map(({ poNumber }) => poNumber)
}

/** The text of the PDF of a customer's first invoice. */
async function firstPdf(customer: string): Promise<string> {
  const { client, url } = story.world
  const { data: invoices } = await client.invoices.list({ customerId: customer })
  const { data } = await client.invoices.getDownloadUrl({ id: invoices?.at(-1)?.id ?? '' })
  const response = await fetch(url + new URL(data?.url ?? '').pathname)
  const pdf = await getDocumentProxy(new Uint8Array(await response.arrayBuffer()))
  const { text } = await extractText(pdf, { mergePages: true })
  return text.replaceAll(/\s+/g, ' ')
}

test('every invoice has the purchase order that its customer had when it became final, and keeps it', async () => {
  await story.customer('ada')
  const { checkoutUrl } = await story.subscribe('ada', 'pro')
  await order('ada', 'PO-1')
  // What waits in a checkout follows the customer until it is paid.
  assert.deepEqual(await orders('ada'), [null])
  assert.match(await firstPdf('ada'), /Pro forma invoice.* PO number PO-1 /)
  assert.equal((await story.pay(checkoutUrl ?? '')).status, 200)
  assert.deepEqual(await orders('ada'), ['PO-1'])
  await order('ada', 'PO-2')
  await story.until('2041-04-10')
  assert.deepEqual(await orders('ada'), ['PO-1', 'PO-2'])
  assert.match(await firstPdf('ada'), / PO number PO-1 /)
  await order('ada', null)
  await story.until('2041-05-10')
  assert.deepEqual(await orders('ada'), ['PO-1', 'PO-2', null])
  assert.match(await firstPdf('ada'), / PO number PO-1 /)
})

test('a purchase order that one invoice is given wins over the customer’s', async () => {
  await story.customer('bob')
  await order('bob', 'PO-3')
  const adjustment = { customerId: 'bob', amount: 1500, description: 'Setup' }
  await story.world.request('POST', '/api/v1/invoices', { body: { ...adjustment, poNumber: 'PO-9' } })
  await story.world.request('POST', '/api/v1/invoices', { body: adjustment })
  await story.world.request('POST', '/api/v1/invoices', { body: { ...adjustment, amount: -500 } })
  assert.deepEqual(await orders('bob'), ['PO-9', 'PO-3', 'PO-3'])
})

test('an invoice that is paid outside, a charge outside of any plan, and a beginning anew have it too', async () => {
  await story.customer('cleo')
  await story.subscribe('cleo', 'pro')
  await order('cleo', 'PO-4')
  const { data: waiting } = await story.world.client.invoices.list({ customerId: 'cleo' })
  await story.world.client.invoices.updateStatus({ id: waiting?.[0]?.id ?? '', status: 'paid' })
  assert.deepEqual(await orders('cleo'), ['PO-4'])

  await story.join('dan', 'pro')
  await order('dan', 'PO-5')
  const charge = { customerId: 'dan', amount: 1000, currency: 'usd', description: 'Onboarding' }
  assert.equal((await story.world.request('POST', '/api/v1/payments/charge', { body: charge })).status, 201)
  await story.cancel('dan', { immediate: true })
  await order('dan', 'PO-6')
  const { id: ended } = await story.subscription('dan')
  const { status, body } = await story.world.request('POST', `/api/v1/subscriptions/${ended}/reactivate`, { body: {} })
  assert.equal(status, 200, JSON.stringify(body))
  assert.deepEqual(await orders('dan'), [null, 'PO-5', 'PO-6'])
})
