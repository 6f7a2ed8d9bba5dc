import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { Story } from '../support/billing-stories.ts'
import { visit } from '../support/checkouts.ts'
import { age, portal, portalOf, press } from '../support/portals.ts'

let story: Story
let token: string
const stories: Story[] = []
beforeEach(async () => {
  story = await Story.on('2043-03-10')
  stories.push(story)
  await story.plan('pro')
  await story.join('ada', 'pro')
  token = await portalOf(story.world, 'ada')
})
after(() => Promise.all(stories.map((one) => one.close())))

const page = () => visit(story.world, `/portal/${token}?locale=en`)

test('a session lasts 30 minutes after its last use', async () => {
  for (const minutes of [29, 29, 29]) {
    await age(story, { idle: minutes })
    assert.equal((await page()).status, 200)
  }
  await age(story, { idle: 31 })
  const ended = await page()
  assert.equal(ended.status, 410)
  assert.match(ended.body, /This link has expired/)
  assert.doesNotMatch(ended.body, /ada@example\.com/)
  assert.equal((await portal(story.world, 'GET', token)).status, 404)
})

test('a session lasts two hours at most, however busy it is', async () => {
  await age(story, { open: 119 })
  assert.equal((await page()).status, 200)
  await age(story, { open: 2 })
  assert.equal((await page()).status, 410)
})

test('nothing is done with a link that has ended', async () => {
  await age(story, { idle: 31 })
  assert.equal((await press(story.world, token, 'cancel')).status, 410)
  assert.equal((await story.subscription('ada')).cancelAtPeriodEnd, false)
})

test('an ended link asks for a new one by mail, to the address on record, three times at most', async () => {
  await age(story, { idle: 31 })
  for (const _time of [1, 2, 3, 4]) {
    const sent = await visit(story.world, `/portal/${token}/new-link?locale=en`, {})
    assert.deepEqual([sent.status, /Look into your inbox/.test(sent.body)], [200, true])
    assert.doesNotMatch(sent.body, /ada@example\.com/)
  }
  const mails = await story.world.db.selectFrom('mail').selectAll().where('kind', '=', 'portal_link').execute()
  assert.equal(mails.length, 3)
  const portalUrl = String((mails[0]?.facts as Record<string, unknown> | undefined)?.portalUrl)
  assert.equal((await visit(story.world, new URL(portalUrl).pathname)).status, 200)
})

test('a link that nobody signed opens nothing, and one of a portal no checkout', async () => {
  const forged = token.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
  for (const wrong of [forged, 'a-b-c', token.slice(1)]) {
    assert.equal((await visit(story.world, `/portal/${wrong}`)).status, 404)
    assert.equal((await visit(story.world, `/checkout/${token}`)).status, 404)
    assert.equal((await portal(story.world, 'POST', `${wrong}/cancel`, {})).status, 404)
  }
})

test('a form that a browser says comes from elsewhere changes nothing', async () => {
  const sent = await story.world.request('POST', `/portal/${token}/cancel`, {
    key: null,
    text: 'reason=',
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'cross-site' },
  })
  assert.equal(sent.status, 403)
  assert.equal((await story.subscription('ada')).cancelAtPeriodEnd, false)
})

test('a portal shows and changes its own customer alone', async () => {
  await story.join('bob', 'pro')
  const { body } = await portal(story.world, 'GET', token)
  assert.equal(body.data.customer.email, 'ada@example.com')
  assert.equal(body.data.invoices.length, 1)
  await portal(story.world, 'POST', `${token}/cancel`, { id: 'bob', subscriptionId: 'bob' })
  assert.equal((await story.subscription('ada')).cancelAtPeriodEnd, true)
  assert.equal((await story.subscription('bob')).cancelAtPeriodEnd, false)
  assert.equal((await portal(story.world, 'POST', `${token}/constructor`, {})).status, 404)
})

const forms: Record<string, Record<string, string>> = {
  cancel: { reason: 'unused' },
  uncancel: {},
  'payment-method': {},
  'use-card': { paymentMethodId: 'pm_1' },
  'billing-details': { fullName: 'Eve', country: 'DE', line1: 'Weg 1', city: 'Bonn', postalCode: '53111' },
  email: { email: 'eve@eve.example' },
  'drop-email': {},
  'spend-cap': { amount: '5' },
  retry: {},
  'credit-packs': { creditPackId: 'cpk_1' },
  'change-plan': { planId: 'pln_1' },
  'keep-plan': {},
  'activate-addon': { addonId: 'adn_1' },
  'deactivate-addon': { addonId: 'adn_1' },
  seats: { featureCode: 'seats', count: '1' },
  'top-up': { amount: '5' },
  'new-link': {},
}

test('no form of the portal does anything when a browser says that it comes from elsewhere', async () => {
  const { portalBodies } = await import('#hosted/portal-actions.contract.ts')
  assert.deepEqual(
    Object.keys(portalBodies).sort(),
    Object.keys(forms)
      .filter((name) => name !== 'new-link')
      .sort(),
  )
  const before = (await portal(story.world, 'GET', token)).body.data
  for (const [name, form] of Object.entries(forms)) {
    for (const site of ['cross-site', 'same-site']) {
      const sent = await story.world.request('POST', `/portal/${token}/${name}`, {
        key: null,
        text: new URLSearchParams(form).toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': site },
      })
      assert.equal(sent.status, 403, name)
    }
  }
  const after = (await portal(story.world, 'GET', token)).body.data
  assert.deepEqual({ ...after, invoices: [] }, { ...before, invoices: [] })
})

test('a form that is sent twice acts once, and the second answer is that of the first', async () => {
  const twice = async (name: string, form: Record<string, string>) => {
    const send = () => visit(story.world, `/portal/${token}/${name}?locale=en`, { ...form, once: `once-${name}` })
    const [first, second] = [await send(), await send()]
    assert.equal(second.status, first.status, name)
    assert.equal(second.headers.get('location'), first.headers.get('location'), name)
    return first.status
  }
  assert.equal(await twice('cancel', { reason: 'unused' }), 303)
  assert.equal(await twice('uncancel', {}), 303)
  assert.equal(await twice('spend-cap', { amount: '20' }), 303)
  assert.equal(await twice('billing-details', forms['billing-details'] ?? {}), 303)
  assert.equal(await twice('email', { email: 'ada@new.example' }), 303)
  assert.equal(await twice('payment-method', {}), 303)
  assert.equal(await twice('retry', {}), 409)
  const told = await story.events('ada')
  assert.equal(told.filter((type) => type === 'subscription.cancellation_scheduled').length, 1)
  assert.equal(told.filter((type) => type === 'subscription.cancellation_revoked').length, 1)
  const mails = await story.world.db.selectFrom('mail').select('id').where('kind', '=', 'email_change').execute()
  assert.equal(mails.length, 1)
})

test('access is asked for by email or by id, exactly one of them, and leads back only to a web address', async () => {
  const ask = (body: unknown) => story.world.request('POST', '/api/v1/portal/request-access', { body })
  assert.equal((await ask({ email: 'ada@example.com' })).status, 201)
  assert.equal((await ask({ customerId: 'ada', returnUrl: 'https://shop.example/back' })).status, 201)
  for (const wrong of [
    {},
    { email: 'ada@example.com', customerId: 'ada' },
    { email: 'ada' },
    { customerId: 'ada', returnUrl: 'javascript:alert(1)' },
    { customerId: 'ada', returnUrl: '/back' },
  ]) {
    const { status, body } = await ask(wrong)
    assert.deepEqual([status, body.error.code], [422, 'validation_error'], JSON.stringify(wrong))
  }
  for (const nobody of [{ email: 'nobody@example.com' }, { customerId: 'nobody' }]) {
    assert.equal((await ask(nobody)).body.error.code, 'customer_not_found')
  }
})

test('a link is good again and again while its session lasts, in any number of browsers', async () => {
  const opened = await Promise.all([1, 2, 3].map(() => page()))
  assert.deepEqual(new Set(opened.map(({ status }) => status)), new Set([200]))
  const other = await portalOf(story.world, 'ada')
  assert.notEqual(other, token)
  assert.equal((await page()).status, 200)
})

test('the address of a refused form leads back to its page, in the language that is chosen there', async () => {
  for (const [name, page] of [
    ['top-up', ''],
    ['change-plan', '/plans'],
    ['drop-email', '/email'],
  ] as const) {
    const { status, headers } = await visit(story.world, `/portal/${token}/${name}?locale=es`)
    assert.deepEqual([status, headers.get('location')], [303, `/portal/${token}${page}?locale=es`])
  }
})
