import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Story } from '../support/billing-stories.ts'
import { cards, confirmation, visit } from '../support/checkouts.ts'
import { contextAt } from '../support/organisations.ts'
import { portal, portalOf, press } from '../support/portals.ts'

let story: Story
before(async () => {
  story = await Story.on('2042-03-10')
  await story.plan('pro')
})
after(() => story.close())

const customerOf = async (token: string) => (await portal(story.world, 'GET', token)).body.data.customer
const ask = (token: string, email: string) => press(story.world, token, 'email', { email })

type Sent = { kind: string; facts: Record<string, string> }
const mailsTo = async (customer: string): Promise<Sent[]> => {
  const { rows } = await story.world.database.pool.query<Sent>(
    `select mail.kind, mail.facts from mail join customer on customer.org_id = mail.org_id and customer.id = mail.customer_id
     where customer.external_id = $1 and mail.kind like 'email%' order by mail.id`,
    [customer],
  )
  return rows
}
/** The path of the link in the newest mail. */
const linkOf = async (customer: string) => new URL((await mailsTo(customer)).at(-1)?.facts.confirmUrl ?? '').pathname

test('another address is used when it is confirmed there; the old one is told, and the session goes on', async () => {
  await story.join('ada', 'pro')
  const token = await portalOf(story.world, 'ada')
  assert.equal((await ask(token, 'ada@lovelace.example')).status, 303)
  assert.deepEqual(await customerOf(token).then(({ email, newEmail }) => [email, newEmail]), [
    'ada@example.com',
    'ada@lovelace.example',
  ])
  const shown = await visit(story.world, `/portal/${token}?locale=en`)
  assert.match(shown.body, /We have mailed a link to ada@lovelace\.example/)
  const link = await linkOf('ada')
  const opened = await visit(story.world, `${link}?locale=en`)
  assert.match(opened.body, /Confirm your email address/)
  assert.equal((await customerOf(token)).email, 'ada@example.com')
  const confirmed = await visit(story.world, `${link}?locale=es`, {})
  assert.deepEqual([confirmed.status, /Tu correo ha cambiado/.test(confirmed.body)], [200, true])
  assert.deepEqual(await customerOf(token).then(({ email, newEmail }) => [email, newEmail]), [
    'ada@lovelace.example',
    null,
  ])
  assert.deepEqual(
    (await mailsTo('ada')).map(({ kind, facts }) => [kind, facts.oldEmail ?? facts.newEmail]),
    [
      ['email_change', 'ada@lovelace.example'],
      ['email_changed', 'ada@example.com'],
    ],
  )
  const told = (await story.told('ada')).filter(({ type }) => type === 'customer.updated')
  assert.equal(told.at(-1)?.data.email, 'ada@lovelace.example')
  const again = await visit(story.world, `${link}?locale=en`, {})
  assert.deepEqual([again.status, (await mailsTo('ada')).length], [200, 2])
})

test('the mails go to the new address and to the old one, whatever the address is by then', async () => {
  const inbox = async (kind: string) => {
    const { rows } = await story.world.database.pool.query<{ id: string }>(
      'select id from mail where kind = $1 order by id desc limit 1',
      [kind],
    )
    return rows[0]?.id
  }
  assert(await inbox('email_change'))
  const { composeLetter } = await import('#invoicing/actions/compose-mail.ts')
  const { findMail } = await import('#mail/mail.store.ts')
  const { findOrg } = await import('#organisations/sides.store.ts')
  const { db, orgId } = story.world
  const org = await findOrg(db, orgId)
  assert(org)
  for (const [kind, address] of [
    ['email_change', 'ada@lovelace.example'],
    ['email_changed', 'ada@example.com'],
  ] as const) {
    const mail = await findMail(db, [orgId], (await inbox(kind)) ?? '')
    assert(mail)
    assert.equal((await composeLetter(db, org, contextAt(org).links, mail))?.to.address, address)
  }
})

test('only the newest link is good, for a day, and none after the address was changed otherwise', async () => {
  await story.join('bob', 'pro')
  const token = await portalOf(story.world, 'bob')
  await ask(token, 'one@bob.example')
  const first = await linkOf('bob')
  await ask(token, 'two@bob.example')
  const second = await linkOf('bob')
  assert.equal((await visit(story.world, first, {})).status, 410)
  await story.world.db.updateTable('email_change').set({ expires_at: Temporal.Now.instant() }).execute()
  assert.equal((await visit(story.world, second)).status, 410)
  assert.equal((await visit(story.world, second, {})).status, 410)
  assert.equal((await customerOf(token)).newEmail, null)
  await ask(token, 'three@bob.example')
  await story.world.client.customers.update({ id: 'bob', email: 'office@bob.example' })
  assert.equal((await visit(story.world, await linkOf('bob'), {})).status, 410)
  assert.equal((await customerOf(token)).email, 'office@bob.example')
})

test('a wish is taken back; wrong addresses and too many wishes are refused', async () => {
  await story.join('cleo', 'pro')
  const token = await portalOf(story.world, 'cleo')
  for (const wrong of ['cleo', 'Cleo@example.com', '', `${'c'.repeat(250)}@example.com`]) {
    assert.equal((await ask(token, wrong)).status, 422, wrong)
  }
  await ask(token, 'new@cleo.example')
  const link = await linkOf('cleo')
  assert.equal((await press(story.world, token, 'drop-email')).status, 303)
  assert.equal((await visit(story.world, link, {})).status, 410)
  for (const name of ['b', 'c', 'd', 'e']) assert.equal((await ask(token, `${name}@cleo.example`)).status, 303)
  const limited = await ask(token, 'f@cleo.example')
  assert.deepEqual([limited.status, limited.headers.get('retry-after')], [429, '86400'])
  assert.equal((await mailsTo('cleo')).length, 5)
})

test('a link that nobody signed, one of another purpose, and a form from elsewhere change nothing', async () => {
  await story.join('dora', 'pro')
  const token = await portalOf(story.world, 'dora')
  await ask(token, 'new@dora.example')
  const link = await linkOf('dora')
  assert.equal((await visit(story.world, `/email/${token}`, {})).status, 404)
  assert.equal((await visit(story.world, link.replace('/email/', '/portal/'))).status, 404)
  assert.equal((await visit(story.world, link.replace(/..$/, 'zz'), {})).status, 404)
  const foreign = await story.world.request('POST', link, {
    key: null,
    text: '',
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'cross-site' },
  })
  assert.equal(foreign.status, 403)
  assert.equal((await customerOf(token)).email, 'dora@example.com')
})

test('whoever was forwarded a link to pay cannot make the address of a customer their own', async () => {
  const { world } = story
  await story.join('zoe', 'pro')
  const { data } = await world.client.payments.create({
    amount: 5000,
    currency: 'USD',
    description: 'Workshop',
    customerId: 'zoe',
  })
  assert(data?.url)
  const path = `/hosted/v1${new URL(data.url).pathname}`
  const { body: shown } = await world.request('GET', path, { key: null })
  assert.equal(shown.data.customer.isEmailFixed, true)
  const email = shown.data.customer.email
  const typed = { email: 'mallory@example.com' }
  for (const card of [cards.declined, cards.pays])
    await world.request('POST', `${path}/confirm`, { key: null, body: confirmation(card, typed) })
  assert.equal((await world.client.customers.get({ id: 'zoe' })).data?.email, email)
  assert.equal((await world.client.payments.get({ id: data.id })).data?.status, 'succeeded')
})

test('an address that was mistyped at the first purchase is typed again there', async () => {
  const { world } = story
  await story.customer('uma')
  const { checkoutUrl } = await story.subscribe('uma', 'pro')
  const path = `/hosted/v1${new URL(checkoutUrl).pathname}/confirm`
  const body = confirmation(cards.pays, { email: 'uma@home.example' })
  assert.equal((await world.request('POST', path, { key: null, body })).status, 200)
  assert.equal((await world.client.customers.get({ id: 'uma' })).data?.email, 'uma@home.example')
})
