import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { cards } from '../../support/billing-stories.ts'
import { ChangeStory } from '../../support/plan-changes.ts'
import { Receiver } from '../../support/webhook-receiver.ts'
import { listenAt, tell } from '../../support/webhooks.ts'

const contract: {
  objects: Record<string, Record<string, string>>
  webhookEvents: Record<string, string>
  webhookEventData: Record<string, Record<string, string>>
} = JSON.parse(readFileSync(new URL('../../contract/contract.json', import.meta.url), 'utf8'))

const story = await ChangeStory.on('2044-01-10')
const receiver = await Receiver.start()
after(async () => {
  await story.close()
  await receiver.close()
})

/** Every way in which a value is not of a type of the contract. */
function wrongIn(value: unknown, type: string, at: string): string[] {
  const variants = type.split(/\|(?![^<]*>)/).map((variant) => variant.trim())
  if (value === null) return variants.includes('null') ? [] : [`${at} is null`]
  const [plain = ''] = variants.filter((variant) => variant !== 'null')
  const list = /^Array<(.*)>$/.exec(plain)?.[1]
  if (list) {
    if (!Array.isArray(value)) return [`${at} is no list`]
    return value.flatMap((entry, index) => wrongIn(entry, list, `${at}.${index}`))
  }
  const fields = contract.objects[plain]
  if (fields) return wrongFields(value as Record<string, unknown>, fields, at)
  if (plain === 'PaymentProvider')
    return ['stripe', 'commet', 'dlocal'].includes(String(value)) ? [] : [`${at}: ${value}`]
  if (plain.startsWith('Record<')) return typeof value === 'object' ? [] : [`${at} is no object`]
  return [typeof value].filter((found) => found !== plain).map((found) => `${at} is a ${found}, not a ${plain}`)
}

function wrongFields(value: Record<string, unknown>, fields: Record<string, string>, at: string): string[] {
  const known = Object.keys(fields).map((name) => name.replace('?', ''))
  const unknown = Object.keys(value).filter((name) => !known.includes(name))
  const missing = Object.keys(fields).filter((name) => !name.endsWith('?') && !(name in value))
  return [
    ...unknown.map((name) => `${at}.${name} is not in the contract`),
    ...missing.map((name) => `${at}.${name} is missing`),
    ...Object.entries(fields).flatMap(([name, type]) => {
      const field = name.replace('?', '')
      return field in value ? wrongIn(value[field], type, `${at}.${field}`) : []
    }),
  ]
}

test('a whole life: trial, paid, upgraded, past due, recovered, canceled, reactivated, refunded, in order and as the contract says', async () => {
  const { client } = story.world
  await listenAt(story.world, receiver.url)
  const pro = await story.plan('pro', { price: 2900, trialDays: 14 })
  const business = await story.plan('business', { price: 9900 })
  await story.group(pro, business)
  const id = await story.join('ada', 'pro', { card: cards.failsLater })
  const change = async (card: string) => {
    const { data } = await client.subscriptions.updatePaymentMethod({ id, successUrl: 'https://example.com' })
    assert.equal((await story.pay(data?.checkoutUrl ?? '', card)).status, 200)
  }
  await change(cards.good)
  await story.until('2044-01-25')
  await client.subscriptions.changePlan({ id, newPlanId: 'business' })
  await change(cards.failsLater)
  await story.until('2044-02-25')
  await change(cards.good)
  const { data: failed } = await client.transactions.list({ status: 'failed' })
  await client.transactions.retry({ id: failed?.[0]?.id ?? '' })
  await story.cancel('ada', { immediate: true, reason: 'Too much' })
  await client.subscriptions.reactivate({ id })
  const { data: paid } = await client.transactions.list({ status: 'succeeded' })
  await client.transactions.refund({ id: paid?.[0]?.id ?? '' })
  await tell(story.world)

  const wrong = receiver.received.flatMap(({ message }) => {
    const fields = contract.webhookEventData[contract.webhookEvents[message.event] ?? ''] ?? {}
    return wrongFields(message.data, fields, message.event)
  })
  assert.deepEqual([...new Set(wrong)], [])
  const life = receiver.events.filter((event) =>
    /^(subscription|trial)\.|^payment\.(failed|recovered|refunded)/.test(event),
  )
  assert.deepEqual(life, [
    'subscription.created',
    'trial.checkout_ready',
    'trial.started',
    'trial.will_end',
    'trial.expired',
    'subscription.activated',
    'subscription.plan_changed',
    'payment.failed',
    'subscription.past_due',
    'payment.recovered',
    'subscription.canceled',
    'subscription.reactivated',
    'payment.refunded',
    // Who gets back what reactivated it is not on the plan any more.
    'subscription.canceled',
  ])
  const states = receiver.received.flatMap(({ message }) =>
    message.event === 'customer.state_changed' ? [message.data.trigger] : [],
  )
  assert.deepEqual(states.slice(0, 2), ['subscription_created', 'trial_started'])
  assert(receiver.received.every(({ message }) => message.mode === 'sandbox' && message.apiVersion === '2026-07-11'))
})
