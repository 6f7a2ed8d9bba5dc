import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { inTransaction } from '#database/transaction.ts'
import { createClaimLink } from '#organisations/actions/create-claim-link.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { cards, hosted, newCheckout, typedForm, visit, withFaults } from '../support/checkouts.ts'
import { booksOf } from '../support/payments.ts'
import { createWorld } from '../support/world.ts'

const world = await createWorld()
after(() => world.close())

const booked = async () => (await booksOf(world.db)).filter(({ state }) => state === 'succeeded').length
const policyOf = (headers: Headers) => headers.get('content-security-policy') ?? ''
const locationOf = (headers: Headers) => headers.get('location') ?? ''

test('a page loads nothing from elsewhere, is not cached or framed, and leaks its link to nobody', async () => {
  const { token } = await newCheckout(world, { subscription: { successUrl: 'https://shop.test:8443/done?x=1' } })
  const { status, headers, body } = await visit(world, `/checkout/${token}`)
  assert.equal(status, 200)
  assert.equal(headers.get('content-type'), 'text/html; charset=utf-8')
  assert.equal(headers.get('cache-control'), 'no-store')
  assert.equal(headers.get('referrer-policy'), 'no-referrer')
  assert.equal(headers.get('x-frame-options'), 'DENY')
  const nonce = /<script type="module" nonce="([^"]{22,})"/.exec(body)?.[1]
  assert.equal(
    policyOf(headers),
    `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'self'; img-src 'self'; connect-src 'self'; ` +
      "form-action 'self' http://halley.test https://shop.test:8443; base-uri 'none'; frame-ancestors 'none'",
  )
  assert.notEqual(policyOf((await visit(world, `/checkout/${token}`)).headers), policyOf(headers))
  assert.match(body, /<h1[^>]*>Subscribe to Pro<\/h1>/)
  for (const [, address = ''] of String(body).matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)) {
    const asset = await visit(world, address)
    assert.equal(asset.status, 200, address)
    assert.equal(asset.headers.get('cache-control'), 'public, max-age=31536000, immutable')
    assert.match(asset.headers.get('content-encoding') ?? '', /^(br|gzip)$/, address)
  }
})

test('without script: paying leads to the seller, or to the receipt in the same language and colours', async () => {
  const withSeller = await newCheckout(world, { subscription: { successUrl: 'https://shop.test/done' } })
  const left = await visit(world, `/checkout/${withSeller.token}?locale=es`, typedForm(cards.pays))
  assert.deepEqual([left.status, locationOf(left.headers)], [303, 'https://shop.test/done'])
  const { token } = await newCheckout(world)
  const paid = await visit(world, `/checkout/${token}?locale=es&theme=dark`, typedForm(cards.pays))
  assert.deepEqual([paid.status, locationOf(paid.headers)], [303, `/checkout/${token}?locale=es&theme=dark`])
  const receipt = await visit(world, locationOf(paid.headers))
  assert.match(receipt.body, /<html lang="es" dir="ltr" data-theme="dark">/)
  assert.match(receipt.body, /Pago recibido/)
  assert.match(receipt.body, /Visa.*4242/)
})

test('without script: a decline loses nothing but the security code', async () => {
  const { token } = await newCheckout(world)
  const form = typedForm(cards.declined, { fullName: 'Ada "Byron" <Lovelace>', cardCvc: '987', state: 'CA' })
  const { status, body } = await visit(world, `/checkout/${token}`, form)
  assert.equal(status, 402)
  assert.match(body, /Your card was declined/)
  assert.match(body, /value="4000 0000 0000 0002"/)
  assert.match(body, /value="12\/44"/)
  assert.match(body, /value="100 Market Street"/)
  assert.match(body, /Ada &quot;Byron&quot; &lt;Lovelace/)
  assert.doesNotMatch(body, /value="987"/)
  const again = await visit(world, `/checkout/${token}`, typedForm(cards.pays))
  assert.equal(again.status, 303)
})

test('without script: wrong fields are named, with the rest kept', async () => {
  const { token } = await newCheckout(world)
  const form = typedForm(cards.pays, { email: '', fullName: ' ', cardExpiry: '13', postalCode: '', country: 'DE' })
  const { status, body } = await visit(world, `/checkout/${token}`, form)
  assert.equal(status, 422)
  assert.match(body, /<title>Error: Checkout · Acme<\/title>/)
  for (const sentence of [
    'Enter your email address',
    'Enter the name on the card',
    'Enter the expiry date as month and year, like 04/29',
    'Enter your postal code',
  ]) {
    assert(body.includes(sentence), sentence)
  }
  assert.doesNotMatch(body, /This field is required/)
  const expired = await visit(world, `/checkout/${token}`, typedForm(cards.pays, { cardExpiry: '01 / 2020' }))
  assert.equal(expired.status, 422)
  assert.match(expired.body, /The card has expired/)
})

test('without script: an empty form is a page with errors', async () => {
  const { token } = await newCheckout(world)
  const { status, body } = await visit(world, `/checkout/${token}`, {})
  assert.equal(status, 422)
  assert.match(body, /Choose your country or region/)
})

test('without script: new totals keep what was typed and charge nothing', async () => {
  const { token } = await newCheckout(world)
  const before = (await booksOf(world.db)).length
  const quoted = await visit(
    world,
    `/checkout/${token}/quote`,
    typedForm(cards.pays, { country: 'DE', cardCvc: '987' }),
  )
  assert.equal(quoted.status, 200)
  assert.match(quoted.body, /<option value="DE" selected/)
  assert.match(quoted.body, /value="4242 4242 4242 4242"/)
  assert.doesNotMatch(quoted.body, /987/)
  const refused = await visit(world, `/checkout/${token}/quote`, typedForm('', { promoCode: 'SUMMER' }))
  assert.equal(refused.status, 422)
  assert.match(refused.body, /There is no promo code SUMMER\. Check the spelling\./)
  const inSpanish = await visit(world, `/checkout/${token}/quote?locale=es`, typedForm('', { promoCode: 'SUMMER' }))
  assert.match(inSpanish.body, /No conocemos este código/)
  const reloaded = await visit(world, `/checkout/${token}/quote?locale=es`)
  assert.deepEqual([reloaded.status, locationOf(reloaded.headers)], [303, `/checkout/${token}?locale=es`])
  assert.equal((await booksOf(world.db)).length, before)
})

test('without script: approving at the bank pays, once, and leads to the seller', async () => {
  const { token } = await newCheckout(world, { subscription: { successUrl: 'https://shop.test/done' } })
  const before = await booked()
  const asked = await visit(world, `/checkout/${token}?locale=es`, typedForm(cards.authenticates))
  assert.equal(asked.status, 303)
  const bank = locationOf(asked.headers)
  assert.match(bank, new RegExp(`^/checkout/${token}/authenticate/txn_[0-9a-z]{26}\\?locale=es$`))
  const shown = await visit(world, bank)
  assert.equal(shown.status, 200)
  assert.match(policyOf(shown.headers), /form-action 'self' http:\/\/halley\.test https:\/\/shop\.test;/)
  assert.equal(await booked(), before)
  const waiting = await visit(world, `/checkout/${token}?locale=es`)
  assert.match(waiting.body, /authenticate\/txn_[0-9a-z]{26}\?locale=es"/)
  assert.doesNotMatch(waiting.body, /name="cardNumber"/)
  for (const answer of await Promise.all([
    visit(world, bank, { outcome: 'approve' }),
    visit(world, bank, { outcome: 'approve' }),
    visit(world, bank, { outcome: 'fail' }),
  ])) {
    assert.equal(answer.status, 303)
  }
  const again = await visit(world, bank, { outcome: 'fail' })
  if ((await booked()) === before + 1) assert.equal(locationOf(again.headers), 'https://shop.test/done')
})

test('without script: failing at the bank leads back to an open checkout that says so', async () => {
  const { token } = await newCheckout(world)
  const asked = await visit(world, `/checkout/${token}`, typedForm(cards.authenticates))
  const bank = locationOf(asked.headers)
  const nothing = await visit(world, bank, { outcome: 'something' })
  assert.equal(locationOf(nothing.headers), `/checkout/${token}`)
  assert.equal((await hosted(world, 'GET', token)).body.data.status, 'requires_action')
  const failed = await visit(world, bank, { outcome: 'fail' })
  assert.equal(locationOf(failed.headers), `/checkout/${token}?failed=1`)
  const { body } = await visit(world, locationOf(failed.headers))
  assert.match(body, /Your bank couldn’t confirm it was you/)
  assert.match(body, /name="cardNumber"/)
  assert.equal((await visit(world, bank)).status, 303)
})

test('a bank out of reach leaves the step as it was', async () => {
  const { token } = await newCheckout(world)
  const asked = await visit(world, `/checkout/${token}`, typedForm(cards.authenticates))
  const answered = await withFaults(world, { refuseConnection: true }, () =>
    visit(world, locationOf(asked.headers), { outcome: 'approve' }),
  )
  assert.equal(answered.status, 303)
  assert.equal((await hosted(world, 'GET', token)).body.data.status, 'requires_action')
})

test('an address cannot claim a decline that never was', async () => {
  const { token } = await newCheckout(world)
  const { body } = await visit(world, `/checkout/${token}?failed=card_declined`)
  assert.doesNotMatch(body, /role="alert"/)
})

test("another checkout's authentication step is not found, nor is one that was never asked for", async () => {
  const [one, other] = [await newCheckout(world), await newCheckout(world)]
  const asked = await visit(world, `/checkout/${one.token}`, typedForm(cards.authenticates))
  const attempt = locationOf(asked.headers).split('/').at(-1) ?? ''
  for (const id of [attempt, 'txn_x', '%00', "'"]) {
    const { status, body } = await visit(world, `/checkout/${other.token}/authenticate/${id}`)
    assert.equal(status, 404, id)
    assert.match(body, /We can’t find this page/)
  }
})

test('looking, also with HEAD, changes nothing', async () => {
  const { token } = await newCheckout(world)
  const asked = await visit(world, `/checkout/${token}`, typedForm(cards.authenticates))
  // The clock that the page shows goes on by itself.
  const standing = async () => ({ ...(await hosted(world, 'GET', token)).body.data, clock: null })
  const before = await standing()
  for (const path of [`/checkout/${token}`, locationOf(asked.headers)]) {
    assert.equal((await world.request('HEAD', path, { key: null })).status, 200)
    assert.equal((await visit(world, path)).status, 200)
  }
  assert.deepEqual(await standing(), before)
})

test('a link that nobody signed is a page that says so', async () => {
  const { token } = await newCheckout(world)
  for (const path of [
    `/checkout/${token.slice(0, -1)}`,
    '/checkout/x',
    '/checkout/x?locale=a&locale=b&theme=c&theme=d',
  ]) {
    const { status, body, headers } = await visit(world, path)
    assert.equal(status, 404)
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.match(body, /We can’t find this page/)
  }
  assert.equal((await visit(world, '/checkout/x', typedForm(cards.pays))).status, 404)
})

test('control characters in a form are left out before anything is stored', async () => {
  const { token, customerId } = await newCheckout(world)
  const { status } = await visit(world, `/checkout/${token}`, typedForm(cards.pays, { fullName: 'Ada\u0000Lovelace' }))
  assert.equal(status, 303)
  assert.equal((await world.client.customers.get({ id: customerId })).data?.fullName, 'Ada Lovelace')
})

test('a canceled checkout says that nothing was charged, whatever is sent', async () => {
  const { token, subscriptionId } = await newCheckout(world)
  await world.client.subscriptions.cancel({ id: subscriptionId, immediate: true })
  const seen = await visit(world, `/checkout/${token}`)
  assert.match(seen.body, /This checkout was canceled/)
  const sent = await visit(world, `/checkout/${token}`, typedForm(cards.pays))
  assert.equal(sent.status, 409)
  assert.match(sent.body, /This checkout was canceled/)
})

test('the test cards are shown in the sandbox only; live mode without a provider asks for no card', async () => {
  const { token } = await newCheckout(world)
  const sandbox = await visit(world, `/checkout/${token}`)
  assert.match(sandbox.body, /Test cards and addresses/)
  const live = await newCheckout(world, { live: true })
  const { status, body } = await visit(world, `/checkout/${live.token}`)
  assert.equal(status, 409)
  assert.match(body, /No payments here yet/)
  assert.doesNotMatch(body, /name="cardNumber"|4242|Sandbox/)
  assert.equal((await visit(world, `/checkout/${live.token}`, typedForm(cards.pays))).status, 409)
})

test('too many cards keep the form and say when to come back', async () => {
  const { token } = await newCheckout(world)
  // All at once: an allowance that grows with time is used up on a slow machine too.
  const tries = Array.from({ length: 40 }, () => visit(world, `/checkout/${token}`, typedForm(cards.declined)))
  const limited = (await Promise.all(tries)).find(({ status }) => status === 429)
  assert(limited)
  assert(Number(limited.headers.get('retry-after')) >= 1)
  assert.match(limited.body, /Too many tries/)
  assert.match(limited.body, /value="100 Market Street"/)
})

test('one link asked for without end is slowed down, another one is not', async () => {
  const [one, other] = [await newCheckout(world), await newCheckout(world)]
  const statuses = new Set<number>()
  const path = `/checkout/${one.token}/authenticate/txn_x`
  for (let turn = 0; turn < 10 && !statuses.has(429); turn += 1) {
    const answers = await Promise.all(Array.from({ length: 150 }, () => visit(world, path)))
    for (const { status } of answers) statuses.add(status)
  }
  assert(statuses.has(429))
  assert.equal((await visit(world, `/checkout/${other.token}`)).status, 200)
})

test('the bare address says what runs here', async () => {
  const { status, body } = await visit(world, '/')
  assert.equal(status, 200)
  assert.match(body, /Halley is running/)
  for (const address of ['/reference', '/docs/errors', '/healthz']) assert(body.includes(`href="${address}"`), address)
  assert.doesNotMatch(body, /ck_|Acme/)
})

test('a claim link says how long it is good, and a wrong one that it is not', async () => {
  const org = await findOrg(world.db, world.orgId)
  assert(org)
  const now = Temporal.Now.instant()
  const { token } = await inTransaction(world.db, (tx) => createClaimLink(tx, org.organisationId, now))
  const good = await visit(world, `/claim/${token}`)
  assert.equal(good.status, 200)
  assert(good.body.includes(now.add({ hours: 168 }).toString().slice(0, 10)))
  const wrong = await visit(world, '/claim/nothing')
  assert.equal(wrong.status, 404)
  assert.match(wrong.body, /This link has expired/)
})
