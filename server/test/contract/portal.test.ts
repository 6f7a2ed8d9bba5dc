import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Story } from '../support/billing-stories.ts'
import { portal } from '../support/portals.ts'

let story: Story
before(async () => {
  story = await Story.on('2041-03-10')
  await story.plan('pro')
  await story.join('ada', 'pro')
})
after(() => story.close())

const tokenOf = (url: string | undefined) => new URL(url ?? '').pathname.split('/').at(-1)

test('Portal.getUrl', async () => {
  const { client } = story.world
  const { data } = await client.portal.getUrl({ customerId: 'ada', returnUrl: 'https://shop.example/settings' })
  assert.deepEqual({ ...data, portalUrl: '' }, { portalUrl: '', object: 'portal_session', livemode: false })
  assert.match(data?.portalUrl ?? '', /^http:\/\/halley\.test\/portal\/[\w-]+$/)
  const { body } = await portal(story.world, 'GET', tokenOf(data?.portalUrl) ?? '')
  assert.deepEqual(
    [body.data.customer.email, body.data.returnUrl],
    ['ada@example.com', 'https://shop.example/settings'],
  )
})

test('an address is known in any case, and leads to the customer with a subscription', async () => {
  const { world } = story
  await world.client.customers.create({ id: 'ada-again', email: 'Ada@Example.com' })
  const { data } = await world.client.portal.getUrl({ email: 'ADA@example.com' })
  const { body } = await portal(world, 'GET', tokenOf(data?.portalUrl) ?? '')
  assert.equal(body.data.subscription.status, 'active')
})

test('exactly one of email and customerId is taken, and nobody else is found', async () => {
  const { client } = story.world
  const both = { email: 'ada@example.com', customerId: 'ada' }
  await assert.rejects(client.portal.getUrl(both), /customerId: Give exactly one of email and customerId\./)
  await assert.rejects(client.portal.getUrl({}), /customerId: This field is required\./)
  await assert.rejects(client.portal.getUrl({ email: 'bob@example.com' }), { code: 'customer_not_found' })
  await assert.rejects(client.portal.getUrl({ customerId: 'bob' }), { code: 'customer_not_found' })
  const script = { customerId: 'ada', returnUrl: 'javascript:alert(1)' }
  await assert.rejects(client.portal.getUrl(script), /returnUrl: Must be an http or https address\./)
})
