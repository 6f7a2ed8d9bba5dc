import { cards, type PlanWish, type Sandbox, text } from '#cli/trigger/sandbox.ts'

/** What brings an event about. `movesClock`: time has to pass for it, for the whole sandbox. */
export type Recipe = { readonly movesClock: boolean; readonly run: (sandbox: Sandbox) => Promise<void> }

const now = (run: Recipe['run']): Recipe => ({ movesClock: false, run })
const later = (run: Recipe['run']): Recipe => ({ movesClock: true, run })

const joined = async (sandbox: Sandbox, wish: PlanWish = {}, card?: string) => {
  const plan = await sandbox.plan(wish)
  return { plan, ...(await sandbox.join(plan.id, card)) }
}
const ordered = async (sandbox: Sandbox, wish: PlanWish = {}) => sandbox.subscribe((await sandbox.plan(wish)).id)

const paid = now(async (sandbox) => void (await joined(sandbox)))
const free = now(async (sandbox) => void (await joined(sandbox, { isFree: true })))
const cancelLater = now(async (sandbox) => {
  const { subscriptionId } = await joined(sandbox)
  await sandbox.call('POST', `/subscriptions/${subscriptionId}/cancel`, {})
})
/** A renewal whose card is declined. */
const pastDue = async (sandbox: Sandbox) => {
  const made = await joined(sandbox, {}, cards.failsLater)
  await sandbox.pass(32)
  return made
}
const withAnotherCard = async (sandbox: Sandbox) => {
  const made = await pastDue(sandbox)
  const body = { successUrl: 'https://example.com/' }
  const answer = await sandbox.call('POST', `/subscriptions/${made.subscriptionId}/payment-method/update`, body)
  await sandbox.pay(text(answer.checkoutUrl))
  return made
}
const used = (model: 'credits' | 'balance', value: number) =>
  now(async (sandbox) => {
    const { customerId, plan } = await joined(sandbox, { model, usage: {} })
    await sandbox.use(customerId, plan.usage, value)
  })
const usedOf10 = (value: number) =>
  now(async (sandbox) => {
    const { customerId, plan } = await joined(sandbox, { usage: { included: 10 } })
    await sandbox.use(customerId, plan.usage, value)
  })
const seated = (count: number) =>
  now(async (sandbox) => {
    const { customerId, plan } = await joined(sandbox, { seats: 3 })
    await sandbox.call('POST', '/seats', { customerId, featureCode: plan.seats, count })
  })
const disputed = async (sandbox: Sandbox) => {
  const { customerId } = await joined(sandbox)
  const transactionId = await sandbox.transactionOf(customerId)
  await sandbox.call('POST', '/test-disputes', { transactionId })
  return transactionId
}

/** A change between two plans, after somebody has joined the first of them. */
const changed =
  (from: 'lower' | 'upper', lower: PlanWish = {}) =>
  async (sandbox: Sandbox) => {
    const ladder = await sandbox.ladder(lower)
    const { subscriptionId } = await sandbox.join(ladder[from])
    const change = (newPlanId: string) =>
      sandbox.call('POST', `/subscriptions/${subscriptionId}/change-plan`, { newPlanId })
    await change(from === 'lower' ? ladder.upper : ladder.lower)
    return { subscriptionId, change, ladder }
  }
const addedOn = async (sandbox: Sandbox) => {
  const { subscriptionId } = await joined(sandbox)
  return { subscriptionId, addonId: await sandbox.activateAddon(subscriptionId) }
}

/** How to bring an event about, by what really causes it. What is not here belongs to something that is not built yet. */
export const recipes: Readonly<Record<string, Recipe>> = {
  'customer.created': now(async (sandbox) => void (await sandbox.customer())),
  'customer.updated': now(async (sandbox) => {
    await sandbox.call('PUT', `/customers/${await sandbox.customer()}`, { fullName: 'Grace Hopper' })
  }),
  'customer.state_changed': free,
  'subscription.created': free,
  'subscription.activated': paid,
  'subscription.canceled': now(async (sandbox) => {
    const { subscriptionId } = await joined(sandbox)
    await sandbox.call('POST', `/subscriptions/${subscriptionId}/cancel`, { immediate: true })
  }),
  'subscription.reactivated': now(async (sandbox) => {
    const { subscriptionId } = await joined(sandbox)
    await sandbox.call('POST', `/subscriptions/${subscriptionId}/cancel`, { immediate: true })
    await sandbox.call('POST', `/subscriptions/${subscriptionId}/reactivate`, {})
  }),
  'subscription.updated': cancelLater,
  'subscription.cancellation_scheduled': cancelLater,
  'subscription.cancellation_revoked': now(async (sandbox) => {
    const { subscriptionId } = await joined(sandbox)
    await sandbox.call('POST', `/subscriptions/${subscriptionId}/cancel`, {})
    await sandbox.call('POST', `/subscriptions/${subscriptionId}/uncancel`, {})
  }),
  'subscription.plan_changed': now(async (sandbox) => void (await changed('lower')(sandbox))),
  'subscription.plan_change_scheduled': now(async (sandbox) => void (await changed('upper')(sandbox))),
  'subscription.plan_change_revoked': now(async (sandbox) => {
    const { subscriptionId } = await changed('upper')(sandbox)
    await sandbox.call('POST', `/subscriptions/${subscriptionId}/cancel`, { immediate: true })
  }),
  'trial.converted': now(async (sandbox) => void (await changed('lower', { trialDays: 14 })(sandbox))),
  'addon.activated': now(async (sandbox) => void (await addedOn(sandbox))),
  'addon.deactivated': now(async (sandbox) => {
    const { subscriptionId, addonId } = await addedOn(sandbox)
    await sandbox.call('DELETE', `/subscriptions/${subscriptionId}/addons/${addonId}`)
  }),
  'payment_link.created': now(async (sandbox) => void (await sandbox.link())),
  'payment_link.completed': now(async (sandbox) => sandbox.pay((await sandbox.link()).url)),
  'payment_link.failed': now(async (sandbox) => {
    const { url } = await sandbox.link()
    // The refusal is what is wanted.
    await sandbox.pay(url, cards.declined).catch(() => undefined)
  }),
  'payment_link.canceled': now(async (sandbox) => {
    await sandbox.call('POST', `/payments/${(await sandbox.link()).id}/cancel`, {})
  }),
  'subscription.past_due': later(async (sandbox) => void (await pastDue(sandbox))),
  'trial.checkout_ready': now(async (sandbox) => void (await ordered(sandbox, { trialDays: 14 }))),
  'trial.started': now(async (sandbox) => void (await joined(sandbox, { trialDays: 14 }))),
  'trial.will_end': later(async (sandbox) => {
    await joined(sandbox, { trialDays: 14 })
    await sandbox.pass(12)
  }),
  'trial.expired': later(async (sandbox) => {
    await joined(sandbox, { trialDays: 14 })
    await sandbox.pass(15)
  }),
  'checkout.ready': now(async (sandbox) => void (await ordered(sandbox))),
  'payment_method.attached': paid,
  'payment_method.updated': later(async (sandbox) => void (await withAnotherCard(sandbox))),
  'payment.received': paid,
  'payment.failed': later(async (sandbox) => void (await pastDue(sandbox))),
  'payment.recovered': later(async (sandbox) => {
    const { customerId } = await withAnotherCard(sandbox)
    const id = await sandbox.transactionOf(customerId, 'failed')
    await sandbox.call('POST', `/transactions/${id}/retry`, {})
  }),
  'payment.retry_failed': later(async (sandbox) => {
    await pastDue(sandbox)
    for (let week = 0; week < 6; week++) await sandbox.pass(7)
  }),
  'payment.refunded': now(async (sandbox) => {
    const { customerId } = await joined(sandbox)
    await sandbox.call('POST', `/transactions/${await sandbox.transactionOf(customerId)}/refund`, {})
  }),
  'payment.disputed': now(async (sandbox) => void (await disputed(sandbox))),
  'payment.dispute_resolved': now(async (sandbox) => {
    const transactionId = await disputed(sandbox)
    await sandbox.call('POST', '/test-disputes/resolve', { transactionId, outcome: 'won' })
  }),
  'invoice.created': now(async (sandbox) => void (await ordered(sandbox))),
  'invoice.voided': now(async (sandbox) => {
    const { subscriptionId } = await ordered(sandbox)
    await sandbox.call('POST', `/subscriptions/${subscriptionId}/cancel`, { immediate: true })
  }),
  'invoice.upcoming': later(async (sandbox) => {
    await joined(sandbox)
    await sandbox.pass(29)
  }),
  'invoice.overdue': later(async (sandbox) => {
    await pastDue(sandbox)
    for (let week = 0; week < 3; week++) await sandbox.pass(7)
  }),
  'credits.granted': now(async (sandbox) => void (await joined(sandbox, { model: 'credits', usage: {} }))),
  'credits.purchased': now(async (sandbox) => {
    const { subscriptionId } = await joined(sandbox, { model: 'credits', usage: {} })
    const body = { name: 'Hundred credits', credits: 100, price: 1000 }
    const pack = await sandbox.call('POST', '/credit-packs/manage', body)
    await sandbox.call('POST', `/subscriptions/${subscriptionId}/credits`, { creditPackId: text(pack.id) })
  }),
  'credits.low': used('credits', 95),
  'credits.depleted': used('credits', 100),
  'credits.expired': later(async (sandbox) => {
    await joined(sandbox, { model: 'credits', usage: {} })
    await sandbox.pass(32)
  }),
  'balance.topped_up': now(async (sandbox) => {
    const { subscriptionId } = await joined(sandbox, { model: 'balance', usage: {} })
    await sandbox.call('POST', `/subscriptions/${subscriptionId}/balance/topup`, { amount: 1000 })
  }),
  'balance.low': used('balance', 95),
  'balance.depleted': used('balance', 100),
  'quota.threshold_reached': usedOf10(8),
  'quota.exceeded': usedOf10(10),
  'seats.updated': seated(1),
  'seats.limit_reached': seated(3),
  'usage.recorded': usedOf10(1),
}
