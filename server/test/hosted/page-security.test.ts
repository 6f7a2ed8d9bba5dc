import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createLinks, inboxLink, signingKey } from '#links.ts'
import { cards as laterCards, Story } from '../support/billing-stories.ts'
import { cards, confirmation, hosted, newCheckout, typedForm, visit } from '../support/checkouts.ts'
import { portalOf, withdrawalPath } from '../support/portals.ts'
import { type Answer, createWorld, testSecret, type World } from '../support/world.ts'

let story: Story
let world: World
/** A link of every kind, as a path. */
let links: Record<'checkout' | 'pay' | 'recover' | 'portal' | 'withdraw' | 'invoices' | 'inbox', string>
before(async () => {
  story = await Story.on('2044-03-10', { trustedProxies: 'loopback' })
  world = story.world
  await story.plan('pro')
  const subscriptionId = await story.join('ada', 'pro', { card: laterCards.failsLater })
  await story.until('2044-04-10')
  const pathOf = (url: string | null | undefined) => new URL(url ?? '').pathname
  const { client } = world
  const payment = await client.payments.create({ amount: 4900, currency: 'USD', description: 'Workshop' })
  const recovery = await client.subscriptions.createRecoveryLink({ id: subscriptionId })
  const invoices = await client.invoices.list({ customerId: 'ada' })
  const download = await client.invoices.getDownloadUrl({ id: invoices.data?.[0]?.id ?? '' })
  const { id } = await world.db.selectFrom('organisation').select('id').executeTakeFirstOrThrow()
  const until = Temporal.Now.instant().add({ hours: 1 })
  links = {
    checkout: `/checkout/${(await newCheckout(world)).token}`,
    pay: pathOf(payment.data?.url),
    recover: pathOf(recovery.data?.url),
    portal: `/portal/${await portalOf(world, 'ada')}`,
    withdraw: withdrawalPath(world, await story.join('gus', 'pro', { country: 'DE' })),
    invoices: pathOf(download.data?.url),
    inbox: pathOf(inboxLink(world.url, signingKey(testSecret), id, until)),
  }
})
after(() => story.close())

const nonceIn = ({ headers }: Answer) =>
  /script-src 'nonce-([\w+/=-]{22,})'/.exec(headers.get('content-security-policy') ?? '')?.[1]

async function everyPage(): Promise<[string, Answer][]> {
  const bank = await newCheckout(world)
  const { body } = await hosted(world, 'POST', `${bank.token}/confirm`, confirmation(cards.authenticates))
  const over = createLinks('http://halley.test', signingKey(testSecret)).invoice(
    world.orgId,
    'inv_00000000000000000000000000',
    Temporal.Instant.from('2020-01-01T00:00:00Z'),
  )
  const paths = {
    ...{ checkout: links.checkout, pay: links.pay, portal: links.portal, cancel: `${links.portal}/cancel` },
    withdraw: links.withdraw,
    ...{ bank: new URL(body.data.action.url).pathname, front: '/', unknown: '/checkout/nobody-made-this' },
    ...{ claim: '/claim/nobody-made-this', closedInbox: '/dev/inbox', oldInvoice: new URL(over).pathname },
  }
  return Promise.all(Object.entries(paths).map(async ([name, path]) => [name, await visit(world, path)] as const)).then(
    (pages) => pages.map(([name, answer]) => [name, answer]),
  )
}

test('no page runs or styles anything inline, is framed, kept, guessed or told to others', async () => {
  for (const [name, answer] of await everyPage()) {
    const { headers, body } = answer
    const policy = headers.get('content-security-policy') ?? ''
    for (const rule of ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"])
      assert.ok(policy.includes(rule), `${name}: ${policy}`)
    assert.doesNotMatch(policy, /unsafe|data:|https?:\/\/(?!halley\.test)|\*/, name)
    assert.equal(headers.get('x-frame-options'), 'DENY', name)
    assert.equal(headers.get('referrer-policy'), 'no-referrer', name)
    assert.equal(headers.get('cache-control'), 'no-store', name)
    assert.equal(headers.get('x-content-type-options'), 'nosniff', name)
    assert.equal(headers.get('set-cookie'), null, name)
    assert.doesNotMatch(body, /\sstyle="|\son\w+="|javascript:|<style/, name)
    const scripts = [...String(body).matchAll(/<script([^>]*)>/g)].map(([, attributes = '']) => attributes)
    for (const attributes of scripts) {
      const isData = attributes.includes('type="application/json"')
      assert.ok(isData || attributes.includes(`nonce="${nonceIn(answer)}" src="/assets/`), `${name}: ${attributes}`)
    }
  }
})

test('the nonce is another one in every answer', async () => {
  const seen = await Promise.all([1, 2, 3].map(async () => nonceIn(await visit(world, links.checkout))))
  assert.equal(new Set(seen).size, 3)
  assert.ok(!seen.includes(undefined))
})

test('a link of one purpose opens nothing else', async () => {
  const prefixes = {
    ...{
      checkout: '/checkout',
      pay: '/pay',
      recover: '/recover',
      portal: '/portal',
      withdraw: '/withdraw',
      invoices: '/invoices',
    },
    inbox: '/dev/inbox/open',
  }
  const tokenOf = (path: string) => path.split('/').at(-1) ?? ''
  for (const [kind, path] of Object.entries(links)) {
    assert.ok([200, 303].includes((await visit(world, path)).status), `${kind} opens its own page`)
    for (const [other, prefix] of Object.entries(prefixes)) {
      if (other === kind) continue
      const { status } = await visit(world, `${prefix}/${tokenOf(path)}`)
      assert.ok(status === 404 || status === 403, `${kind} at ${prefix}: ${status}`)
    }
    for (const other of ['checkout', 'pay', 'portal'].filter((one) => one !== kind)) {
      const { status } = await world.request('GET', `/hosted/v1/${other}/${tokenOf(path)}`, { key: null })
      assert.equal(status, 404, `${kind} at the API of ${other}`)
    }
  }
})

test('a link of the sandbox opens nothing of the live side, and a token with one letter changed nothing at all', async () => {
  const token = links.checkout.split('/').at(-1) ?? ''
  const [org = '', id = '', mac = ''] = token.split('-')
  const live = world.liveOrgId.replace('org_', '')
  const changed = `${org}-${id}-${mac.startsWith('A') ? 'B' : 'A'}${mac.slice(1)}`
  for (const wrong of [`${live}-${id}-${mac}`, changed, `${org}-${id}-`, `${org}-${id}`])
    assert.equal((await visit(world, `/checkout/${wrong}`)).status, 404, wrong)
})

test('a form that a browser says comes from another site does nothing, on any page', async () => {
  const { token } = await newCheckout(world)
  const before = (await story.booked()).length
  for (const site of ['cross-site', 'same-site']) {
    const forms = [
      `/checkout/${token}`,
      `/checkout/${token}/quote`,
      links.pay,
      `${links.portal}/cancel`,
      links.withdraw,
    ]
    for (const path of forms) {
      const { status } = await world.request('POST', path, {
        key: null,
        text: new URLSearchParams(typedForm(cards.pays)).toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': site },
      })
      assert.equal(status, 403, path)
    }
  }
  assert.equal((await story.booked()).length, before)
})

test('customers are sent to web addresses only', async () => {
  const { client } = world
  const subscriptionId = await story.join('bob', 'pro')
  for (const address of [
    'javascript:alert(1)',
    'data:text/html,x',
    '//evil.example',
    'file:///etc/passwd',
    'ftp://x.y',
  ]) {
    const refused = [
      () => client.subscriptions.create({ planCode: 'pro', customerId: 'ada', successUrl: address }),
      () => client.payments.create({ amount: 4900, currency: 'USD', description: 'x', successUrl: address }),
      () => client.subscriptions.updatePaymentMethod({ id: subscriptionId, successUrl: address }),
      () => client.portal.getUrl({ customerId: 'ada', returnUrl: address }),
    ]
    for (const ask of refused) await assert.rejects(ask, /validation|address|URL/i, address)
  }
  // What the page is asked with leads nowhere either.
  const { body } = await visit(
    world,
    `${links.checkout}?locale=javascript:alert(1)&theme="><script>&successUrl=//evil.example`,
  )
  assert.doesNotMatch(body, /evil\.example|javascript:alert/)
})

test('one address tries 60 cards whatever checkouts it has; another address does not notice', async () => {
  const checkouts = await Promise.all(Array.from({ length: 4 }, () => newCheckout(world)))
  const from = (address: string, token: string, path = '/confirm') =>
    world.request('POST', `/hosted/v1/checkout/${token}${path}`, {
      key: null,
      body: { card: 'none' },
      headers: { 'x-forwarded-for': `203.0.113.200, ${address}` },
    })
  const statuses: number[] = []
  for (let tried = 0; tried < 62; tried += 1)
    statuses.push((await from('198.51.100.7', checkouts[tried % checkouts.length]?.token ?? '')).status)
  assert.deepEqual([...new Set(statuses.slice(0, 60))], [422])
  assert.equal(statuses.at(-1), 429)
  const page = await world.request('POST', `/checkout/${checkouts[0]?.token}?locale=es`, {
    key: null,
    text: '',
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-forwarded-for': '198.51.100.7' },
  })
  assert.equal(page.status, 429)
  assert.match(page.body, /Demasiados intentos/)
  assert.match(page.headers.get('retry-after') ?? '', /^\d+$/)
  assert.equal((await from('198.51.100.8', checkouts[0]?.token ?? '')).status, 422)
})

test('whoever is no proxy that is trusted cannot say to be somebody else', async () => {
  const other = await createWorld()
  try {
    const { token } = await newCheckout(other)
    // All come from this machine, which is not counted; what they say about themselves is not believed.
    for (let tried = 0; tried < 65; tried += 1) {
      const { status } = await other.request('POST', '/hosted/v1/checkout/none/confirm', {
        key: null,
        body: {},
        headers: { 'x-forwarded-for': '198.51.100.9' },
      })
      assert.equal(status, 404)
    }
    assert.equal((await hosted(other, 'GET', token)).status, 200)
  } finally {
    await other.close()
  }
})

test('what is refused before any page is asked is a page for people, in their language, and the envelope for programs', async () => {
  const ask = async (path: string, accept: string, text?: string) => {
    const headers = { accept, 'content-type': 'application/x-www-form-urlencoded' }
    const method = text === undefined ? 'GET' : 'POST'
    const {
      status,
      body,
      headers: sent,
    } = await world.request(method, path, {
      key: null,
      headers,
      ...(text === undefined ? {} : { text }),
    })
    return { status, isPage: sent.get('content-type')?.startsWith('text/html'), body }
  }
  const browser = 'text/html,application/xhtml+xml'
  const large = `email=${'a'.repeat(1_100_000)}`
  const long = 'a'.repeat(600)
  const cases = [
    [`${links.checkout}?locale=es`, 413, /Eso es más de lo que cabe aquí/, large],
    [`${links.portal}/cancel?locale=en`, 413, /That is more than fits here/, large],
    [`/checkout/${long}?locale=es`, 404, /No encontramos esta página/, undefined],
    ['/mails/%zz?locale=es', 404, /No encontramos esta página/, undefined],
    ['/portal/%zz?locale=es', 404, /No encontramos esta página/, undefined],
    ['/portal/%zz?locale=en', 404, /We can’t find this page/, undefined],
    ['/nothing-here?locale=en', 404, /We can’t find this page/, undefined],
  ] as const
  for (const [path, status, words, text] of cases) {
    const shown = await ask(path, browser, text)
    assert.deepEqual([shown.status, shown.isPage], [status, true], path)
    assert.match(shown.body, words, path)
  }
  for (const path of ['/portal/%zz', '/mails/%zz']) assert.equal((await ask(path, '*/*')).isPage, true, path)
  for (const path of ['/nothing-here', `/hosted/v1/checkout/${long}`, '/hosted/v1/portal/%zz', '/api/v1/%zz']) {
    const accept = path === '/nothing-here' ? '*/*' : browser
    const { status, body, isPage } = await ask(path, accept)
    assert.deepEqual([status, isPage, body.error?.code], [404, false, 'not_found'], path)
  }
  const toApi = await ask('/api/v1/customers', browser, large)
  assert.deepEqual([toApi.isPage, toApi.status === 413 || toApi.status === 401], [false, true])
})
