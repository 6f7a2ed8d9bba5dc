import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { recipes } from '#cli/trigger/recipes.ts'
import { Sandbox } from '#cli/trigger/sandbox.ts'
import { headerOf, Receiver } from '../../support/webhook-receiver.ts'
import { listenAt, tell } from '../../support/webhooks.ts'
import { createWorld } from '../../support/world.ts'

/** Events whose cause is not built yet. One that is built must leave the list, and get its recipe. */
const notCausedYet: readonly string[] = ['payout.available', 'payout.created', 'payout.paid', 'payout.failed']

const contract: { webhookEvents: Record<string, string>; webhookEventData: Record<string, Record<string, string>> } =
  JSON.parse(readFileSync(new URL('../../contract/contract.json', import.meta.url), 'utf8'))
const world = await createWorld()
const receiver = await Receiver.start()
after(async () => {
  await world.close()
  await receiver.close()
})

test('every event of the contract is brought about by what causes it, delivered, signed, and has the fields of the contract', async () => {
  const { id, secret } = await listenAt(world, receiver.url, ['*', 'usage.recorded'])
  const sandbox = new Sandbox({ url: world.url, key: world.sandboxKey })
  const byClock = Object.entries(recipes).toSorted(([, a], [, b]) => Number(a.movesClock) - Number(b.movesClock))
  for (const [event, { run }] of byClock) {
    receiver.received.length = 0
    await run(sandbox)
    await tell(world)
    const told = receiver.received.find(({ message }) => message.event === event)
    assert(told, `${event} was not told; ${receiver.events.join(', ')}`)
    for (const received of receiver.received) {
      const { body: rawBody, message } = received
      const signature = headerOf(received, 'x-commet-signature')
      assert.deepEqual(world.client.webhooks.verifyAndParse({ rawBody, signature, secret }), message)
      const fields = contract.webhookEventData[contract.webhookEvents[message.event] ?? ''] ?? {}
      const names = Object.keys(fields).map((name) => name.replace('?', ''))
      const present = Object.keys(message.data)
      assert.deepEqual(
        present,
        names.filter((name) => present.includes(name)),
        `the order of ${message.event}`,
      )
      for (const name of Object.keys(fields))
        assert(name.endsWith('?') || present.includes(name), `${message.event} ${name}`)
    }
  }
  const { body } = await world.request('GET', `/api/v1/webhooks/${id}/deliveries?status=waiting`)
  assert.deepEqual(body.data, [])
  assert.deepEqual(
    Object.keys(contract.webhookEvents).filter((event) => !recipes[event]),
    notCausedYet,
  )
})

test('the state is told before the event that caused it', async () => {
  receiver.received.length = 0
  await recipes['subscription.activated']?.run(new Sandbox({ url: world.url, key: world.sandboxKey }))
  await tell(world)
  const customer = receiver.received.at(-1)?.message.data.customerId
  const about = receiver.received.filter(({ message }) => message.data.customerId === customer)
  assert(about.length > 5)
  const causes: Record<string, string> = {
    subscription_created: 'subscription.created',
    subscription_activated: 'subscription.activated',
  }
  for (const [index, { message }] of about.entries()) {
    if (message.event === 'customer.state_changed')
      assert.equal(about[index + 1]?.message.event, causes[message.data.trigger])
  }
})
