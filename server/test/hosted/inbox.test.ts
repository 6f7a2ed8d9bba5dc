import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { inboxLink, signingKey } from '#links.ts'
import { mailKinds } from '#mail/mail.ts'
import { cards, confirmation, hosted, newCheckout } from '../support/checkouts.ts'
import { newOrganisation } from '../support/organisations.ts'
import { createWorld } from '../support/world.ts'

const world = await createWorld()
after(() => world.close())

const key = signingKey('a secret of the tests, long enough for them')
const inAnHour = () => Temporal.Now.instant().add({ hours: 1 })
let organisationId: string
before(async () => {
  const row = await world.db.selectFrom('organisation').select('id').executeTakeFirstOrThrow()
  organisationId = row.id
  const checkout = await newCheckout(world)
  assert.equal((await hosted(world, 'POST', `${checkout.token}/confirm`, confirmation(cards.pays))).status, 200)
})

async function open(path: string, cookie?: string) {
  const response = await fetch(world.url + path, { redirect: 'manual', headers: cookie ? { cookie } : {} })
  return { status: response.status, headers: response.headers, body: await response.text() }
}

async function enter(organisation = organisationId, expiresAt = inAnHour()): Promise<string> {
  const { status, headers } = await open(new URL(inboxLink(world.url, key, organisation, expiresAt)).pathname)
  if (status !== 303) return ''
  assert.equal(headers.get('location'), '/dev/inbox')
  const cookie = headers.get('set-cookie') ?? ''
  assert.match(cookie, /; Path=\/dev\/inbox; HttpOnly; SameSite=Lax$/)
  return cookie.split(';')[0] ?? ''
}

test('the inbox is closed to everybody without its link, from this machine too', async () => {
  const [mail] = await world.db.selectFrom('mail').select('id').execute()
  assert(mail)
  for (const path of [
    '',
    '/examples',
    '/examples/0-en',
    '/examples/0-en/html',
    `/${mail.id}`,
    `/${mail.id}/html`,
    `/${mail.id}/text`,
    `/${mail.id}/invoice.pdf`,
  ]) {
    for (const cookie of [undefined, 'halley_inbox=', 'halley_inbox=a-b-c-d', `halley_inbox=${'x'.repeat(200)}`]) {
      const { status, body } = await open(`/dev/inbox${path}`, cookie)
      assert.equal(status, 403, path)
      assert(!body.includes('ada@example.com') && !body.includes('$29.00'))
    }
  }
  assert.equal(await enter(organisationId, Temporal.Now.instant().subtract({ seconds: 1 })), '')
  assert.equal((await open('/dev/inbox/open/abc')).status, 403)
})

test('with its link one reads what was mailed: the list, a mail as HTML and as text, its invoice', async () => {
  const cookie = await enter()
  const list = await open('/dev/inbox', cookie)
  assert.equal(list.status, 200)
  assert.equal(list.headers.get('cache-control'), 'no-store')
  assert.match(list.body, /Your Pro subscription with Acme/)
  assert.match(list.body, /Your receipt from Acme \(TEST-000001\)/)
  assert.match(list.body, /ada@example\.com/)
  const ids = [...list.body.matchAll(/href="\/dev\/inbox\/(eml_[0-9a-z]+)"/g)].map(([, id]) => id)
  assert.equal(ids.length, 2)
  for (const id of ids) {
    const page = await open(`/dev/inbox/${id}`, cookie)
    assert.match(page.body, /<iframe src="\/dev\/inbox\/eml_[0-9a-z]+\/html"/)
    const html = await open(`/dev/inbox/${id}/html`, cookie)
    assert.match(html.headers.get('content-security-policy') ?? '', /^sandbox /)
    assert.match(html.body, /Hello Ada Lovelace/)
    assert.match((await open(`/dev/inbox/${id}?as=text`, cookie)).body, /<pre[\s\S]*Hello Ada Lovelace/)
    const text = await open(`/dev/inbox/${id}/text`, cookie)
    assert.equal(text.headers.get('content-type'), 'text/plain; charset=utf-8')
  }
  const files = await Promise.all(ids.map((id) => open(`/dev/inbox/${id}/invoice.pdf`, cookie)))
  assert.deepEqual(files.map(({ status }) => status).sort(), [200, 404])
})

test('an address that names no mail is not found, whatever is in it', async () => {
  const cookie = await enter()
  for (const id of ['nothing', '%00', 'eml_00000000000000000000000000', `eml_${'x'.repeat(400)}`]) {
    assert.equal((await open(`/dev/inbox/${id}`, cookie)).status, 404, id)
  }
  assert.equal((await open('/dev/inbox?before=%00', cookie)).status, 200)
})

test('one organisation’s link shows nothing of another’s', async () => {
  const stranger = await newOrganisation(world.db)
  const cookie = await enter(stranger.id)
  assert.match((await open('/dev/inbox', cookie)).body, /No mail yet/)
  const [mail] = await world.db.selectFrom('mail').select('id').execute()
  assert.equal((await open(`/dev/inbox/${mail?.id}`, cookie)).status, 404)
})

test('every mail stands there by example, in both languages, as HTML and as text', async () => {
  const cookie = await enter()
  const list = await open('/dev/inbox/examples', cookie)
  for (const kind of mailKinds) assert(list.body.includes(`<code>${kind}</code>`), kind)
  const addresses = [...list.body.matchAll(/href="(\/dev\/inbox\/examples\/\d+-(?:en|es))"/g)].map(
    ([, address]) => address,
  )
  assert.equal(addresses.length % 2, 0)
  const [english, spanish] = addresses
  assert.match((await open(`${english}/html`, cookie)).body, /<html lang="en">[\s\S]*Acme/)
  const shown = await open(`${spanish}/html`, cookie)
  assert.match(shown.body, /<html lang="es">/)
  assert.match(shown.headers.get('content-security-policy') ?? '', /^sandbox /)
  assert.match((await open(`${spanish}?as=text`, cookie)).body, /<pre[\s\S]*Hola, Ada Lovelace/)
  for (const wrong of ['999-en', '0-fr', 'x'])
    assert.equal((await open(`/dev/inbox/examples/${wrong}`, cookie)).status, 404)
})
