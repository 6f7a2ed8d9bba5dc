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
