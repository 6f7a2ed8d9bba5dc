import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { sql } from 'kysely'
import { recipes } from '#cli/trigger/recipes.ts'
import { Sandbox } from '#cli/trigger/sandbox.ts'
import { inTransaction, type Tx } from '#database/transaction.ts'
import { checkOfTold } from '#verification/told-checks.store.ts'
import { allChecks } from '#verification/verify.ts'
import { connect } from '../../support/connections.ts'
import { directPayoutsTo, openPayoutAccount, payOut, sell, settleSales } from '../../support/payouts.ts'
import { headerOf, type Received, Receiver } from '../../support/webhook-receiver.ts'
import { listenAt, tell } from '../../support/webhooks.ts'
import { createWorld } from '../../support/world.ts'

/** Events of real money only: the sandbox has no recipe for them, and no endpoint of a test may listen to the live side. */
const onlyLive: readonly string[] = ['payout.available', 'payout.created', 'payout.paid', 'payout.failed']

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
  const states = new Set<string>()
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
      assertFields(message.event, message.data)
    }
    for (const told of statesAndCauses(receiver.received)) states.add(told)
  }
  assert.deepEqual([...states].sort(), toldStates)
  const { body } = await world.request('GET', `/api/v1/webhooks/${id}/deliveries?status=waiting`)
  assert.deepEqual(body.data, [])
  assert.deepEqual(
    Object.keys(contract.webhookEvents).filter((event) => !recipes[event]),
    onlyLive,
  )
})

/** Every trigger of the contract, and what comes right after the state in its customer's order. */
const toldStates = [
  'addon_activated before addon.activated',
  'addon_deactivated before addon.deactivated',
  'balance_depleted before balance.depleted',
  'cancellation_revoked before subscription.cancellation_revoked',
  'cancellation_scheduled before subscription.cancellation_scheduled',
  'credits_depleted before credits.depleted',
  'past_due before subscription.past_due',
  'plan_change before subscription.plan_changed',
  'quota_exceeded before quota.exceeded',
  'seats_updated before seats.updated',
  'subscription_activated before payment.recovered',
  'subscription_activated before subscription.activated',
  'subscription_activated before subscription.reactivated',
  'subscription_canceled before subscription.canceled',
  'subscription_created before subscription.created',
  'trial_converted before trial.converted',
  'trial_expired before trial.expired',
  'trial_started before trial.started',
]

function statesAndCauses(received: readonly Received[]): string[] {
  const messages = received.map(({ message }) => message)
  const byCustomer = Map.groupBy(messages, ({ data }) => data.customerId)
  return [...byCustomer.values()].flatMap((told) =>
    told.flatMap(({ event, data }, index) =>
      event === 'customer.state_changed' ? [`${data.trigger} before ${told[index + 1]?.event}`] : [],
    ),
  )
}

test('payouts tell of themselves on the live side, with the fields of the contract', async () => {
  await connect({ db: world.db, orgId: world.liveOrgId }, 'commet', {})
  await openPayoutAccount(world)
  await sell(world, 9_000)
  await settleSales(world, 3)
  await payOut(world, 3_000)
  await directPayoutsTo(world, '000111111116')
  await payOut(world, 2_000)
  const { body } = await world.request('GET', '/api/v1/events?limit=100', { key: world.liveKey })
  const told = (body.data as { event: string; data: Record<string, unknown> }[]).filter(({ event }) =>
    onlyLive.includes(event),
  )
  assert.deepEqual(told.map(({ event }) => event).reverse(), [
    'payout.available',
    'payout.created',
    'payout.paid',
    'payout.created',
    'payout.failed',
  ])
  for (const { event, data } of told) assertFields(event, data)
})

/** The fields are the contract's, in its order; those without a question mark are all there. */
function assertFields(event: string, data: Record<string, unknown>): void {
  const fields = contract.webhookEventData[contract.webhookEvents[event] ?? ''] ?? {}
  const names = Object.keys(fields).map((name) => name.replace('?', ''))
  const present = Object.keys(data)
  assert.deepEqual(
    present,
    names.filter((name) => present.includes(name)),
    `the order of ${event}`,
  )
  for (const name of Object.keys(fields)) assert(name.endsWith('?') || present.includes(name), `${event} ${name}`)
}

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

class Unbend extends Error {}

/** What the check of a kind of event finds once the last of them was bent; nothing of it stays. */
async function foundAfter(type: string, bend: (tx: Tx) => Promise<unknown>): Promise<string> {
  const check = allChecks.find(({ name }) => name === checkOfTold[type])
  assert(check, `${type} has a check`)
  let found: string[] = []
  const look = async (tx: Tx) => {
    await bend(tx)
    const { rows } = await sql<{ found: string }>`select found from (${sql.raw(check.findings)}) breach`.execute(tx)
    found = rows.map((row) => row.found)
    throw new Unbend()
  }
  await assert.rejects(inTransaction(world.db, look), Unbend)
  return found.join('\n')
}

/** All of one kind that tell of the same as the last one; of customers the one that was renamed: no payload has an address. */
const deleteLast = (type: string) => (tx: Tx) =>
  sql`delete from event where (type, data) = (select type, data from event where type = ${type}
    order by data->>'fullName' desc, position desc limit 1)`.execute(tx)
const repeatLast = (type: string) => (tx: Tx) =>
  sql`insert into event (org_id, id, type, customer_id, data, occurred_at, created_at)
    select org_id, 'whev_twin', type, customer_id, data, occurred_at, created_at from event where type = ${type}
    order by position desc limit 1`.execute(tx)

for (const type of Object.keys(checkOfTold)) {
  test(`an effect without its ${type} is found, and one that was told twice`, async () => {
    const wrong = checkOfTold[type] === 'told_as_often' ? `${type} was told` : 'told'
    assert((await foundAfter(type, deleteLast(type))).includes(wrong))
    // How often a customer has changed is kept nowhere.
    if (type !== 'customer.updated') assert((await foundAfter(type, repeatLast(type))).includes(wrong))
  })
}
