import type { Kind, SideObjects } from './side-objects.ts'

export type Given = {
  params?: Record<string, string>
  query?: Record<string, string>
  body?: Record<string, unknown>
}
export type Place = 'params' | 'query' | 'body'

/** A valid request, and where it names objects: `['params', 'id', 'plan']`. */
export type Sample = { given: Given; names: readonly (readonly [Place, string, Kind])[] }

const one = (kind: Kind, body?: Record<string, unknown>) => (own: SideObjects) => ({
  given: { params: { id: own[kind] }, ...(body ? { body } : {}) },
  names: [['params', 'id', kind]] as const,
})
const byCode = (body?: Record<string, unknown>) => (own: SideObjects) => ({
  given: { params: { code: own.feature }, ...(body ? { body } : {}) },
  names: [['params', 'code', 'feature']] as const,
})
const ofPrice = (body?: Record<string, unknown>) => (own: SideObjects) => ({
  given: { params: { id: own.plan, priceId: own.price }, ...(body ? { body } : {}) },
  names: [['params', 'id', 'plan'] as const, ['params', 'priceId', 'price'] as const],
})
const ofPlanFeature = (body?: Record<string, unknown>) => (own: SideObjects) => ({
  given: { params: { id: own.plan, featureId: own.feature }, ...(body ? { body } : {}) },
  names: [['params', 'id', 'plan'] as const, ['params', 'featureId', 'feature'] as const],
})
const ofCustomer = (own: SideObjects) => ({
  given: { query: { customerId: own.customer } },
  names: [['query', 'customerId', 'customer'] as const],
})

const ofHeld = (count?: number) => (own: SideObjects) => ({
  given: { body: { customerId: own.customer, featureCode: own.feature, ...(count === undefined ? {} : { count }) } },
  names: [['body', 'customerId', 'customer'] as const, ['body', 'featureCode', 'feature'] as const],
})
const ofHeldCount = (own: SideObjects) => ({
  given: { query: { customerId: own.customer, featureCode: own.feature } },
  names: [['query', 'customerId', 'customer'] as const, ['query', 'featureCode', 'feature'] as const],
})

const ofReplay = (own: SideObjects) => ({
  given: { params: { id: own.webhook, replayId: own.replay } },
  names: [['params', 'id', 'webhook'] as const, ['params', 'replayId', 'replay'] as const],
})

/** For every operation that names objects: a request whose names are all those of the caller's own side. */
export const samples: Readonly<Record<string, (own: SideObjects) => Sample>> = {
  'Features.get': byCode(),
  'Features.update': byCode({ name: 'Other' }),
  'Features.delete': byCode(),
  'Plans.get': one('plan'),
  'Plans.update': one('plan', { name: 'Other' }),
  'Plans.delete': one('plan'),
  'Plans.setVisibility': one('plan', { isPublic: false }),
  'Plans.create': (own) => ({
    given: { body: { name: 'Other', code: 'other_plan', planGroupId: own.planGroup } },
    names: [['body', 'planGroupId', 'planGroup']],
  }),
  'Plans.addFeature': (own) => ({
    given: { params: { id: own.plan }, body: { featureId: own.feature } },
    names: [
      ['params', 'id', 'plan'],
      ['body', 'featureId', 'feature'],
    ],
  }),
  'Plans.updateFeature': ofPlanFeature({ includedAmount: 5 }),
  'Plans.removeFeature': ofPlanFeature(),
  'Plans.addPrice': one('plan', { billingInterval: 'weekly', price: 100 }),
  'Plans.updatePrice': ofPrice({ price: 100 }),
  'Plans.deletePrice': ofPrice(),
  'Plans.setDefaultPrice': ofPrice(),
  'Plans.setRegionalPricing': one('plan', { currency: 'eur', exchangeRate: 0.92 }),
  'Plans.setRegionalPrices': ofPrice({ overrides: [{ currency: 'eur', price: 100 }] }),
  'Plans.deleteRegionalPrices': ofPrice(),
  'PlanGroups.get': one('planGroup'),
  'PlanGroups.update': one('planGroup', { name: 'Other' }),
  'PlanGroups.delete': one('planGroup'),
  'PlanGroups.addPlan': (own) => ({
    given: { params: { id: own.planGroup }, body: { planId: own.plan } },
    names: [
      ['params', 'id', 'planGroup'],
      ['body', 'planId', 'plan'],
    ],
  }),
  'PlanGroups.removePlan': (own) => ({
    given: { params: { id: own.planGroup, planId: own.plan } },
    names: [
      ['params', 'id', 'planGroup'],
      ['params', 'planId', 'plan'],
    ],
  }),
  'PlanGroups.reorderPlans': (own) => ({
    given: { params: { id: own.planGroup }, body: { planIds: [] } },
    names: [['params', 'id', 'planGroup']],
  }),
  'Webhooks.get': one('webhook'),
  'Webhooks.update': one('webhook', { description: 'Other' }),
  'Webhooks.delete': one('webhook'),
  'Webhooks.test': one('webhook'),
  'Webhooks.rotateSecret': one('webhook'),
  'Webhooks.listDeliveries': (own) => ({
    given: { params: { id: own.webhook }, query: { eventId: own.event } },
    names: [
      ['params', 'id', 'webhook'],
      ['query', 'eventId', 'event'],
    ],
  }),
  'Webhooks.resend': one('delivery'),
  'Webhooks.replay': one('webhook', { from: '2020-01-01T00:00:00.000Z' }),
  'Webhooks.getReplay': ofReplay,
  'Events.get': one('event'),
  'Events.list': ofCustomer,
  'Customers.get': one('customer'),
  'Customers.update': one('customer', { fullName: 'Other' }),
  'PromoCodes.get': one('promoCode'),
  'PromoCodes.update': one('promoCode', { active: false }),
  'Addons.get': one('addon'),
  'Addons.update': one('addon', { basePrice: 100 }),
  'Addons.delete': one('addon'),
  'Addons.create': (own) => ({
    given: { body: { name: 'More', basePrice: 100, featureId: own.feature, consumptionModel: 'metered' } },
    names: [['body', 'featureId', 'feature']],
  }),
  'Addons.listActive': ofCustomer,
  'Subscriptions.activateAddon': (own) => ({
    given: { params: { id: own.subscription }, body: { addonId: own.addon } },
    names: [
      ['params', 'id', 'subscription'],
      ['body', 'addonId', 'addon'],
    ],
  }),
  'Subscriptions.deactivateAddon': (own) => ({
    given: { params: { id: own.subscription, addonId: own.addon } },
    names: [
      ['params', 'id', 'subscription'],
      ['params', 'addonId', 'addon'],
    ],
  }),
  'CreditPacks.update': one('creditPack', { price: 100 }),
  'CreditPacks.delete': one('creditPack'),
  'ApiKeys.delete': one('apiKey'),
  'Subscriptions.get': one('subscription'),
  'Subscriptions.list': ofCustomer,
  'Subscriptions.getActive': ofCustomer,
  'Subscriptions.create': (own) => ({
    given: { body: { customerId: own.customer, planId: own.plan } },
    names: [
      ['body', 'customerId', 'customer'],
      ['body', 'planId', 'plan'],
    ],
  }),
  'Seats.add': ofHeld(1),
  'Seats.set': ofHeld(1),
  'Seats.remove': ofHeld(1),
  'Seats.setAll': (own) => ({
    given: { body: { customerId: own.customer, seats: { [own.feature]: 1 } } },
    names: [['body', 'customerId', 'customer']],
  }),
  'Seats.getBalance': ofHeldCount,
  'Seats.getAllBalances': ofCustomer,
  'Quota.add': ofHeld(),
  'Quota.set': ofHeld(1),
  'Quota.remove': ofHeld(),
  'Quota.get': ofHeldCount,
  'Quota.getAll': ofCustomer,
  'Subscriptions.changePlan': (own) => ({
    given: { params: { id: own.subscription }, body: { newPlanId: own.plan } },
    names: [
      ['params', 'id', 'subscription'],
      ['body', 'newPlanId', 'plan'],
    ],
  }),
  'Subscriptions.previewChange': (own) => ({
    given: { params: { id: own.subscription }, body: { planId: own.plan } },
    names: [
      ['params', 'id', 'subscription'],
      ['body', 'planId', 'plan'],
    ],
  }),
  'Subscriptions.cancel': one('subscription'),
  'Subscriptions.uncancel': one('subscription'),
  'Subscriptions.createRecoveryLink': one('subscription'),
  'Subscriptions.updatePaymentMethod': one('subscription', {}),
  'Subscriptions.reactivate': one('subscription'),
  'Transactions.retry': one('transaction'),
  'Transactions.refund': one('transaction'),
  'TestDisputes.create': (own) => ({
    given: { body: { transactionId: own.transaction } },
    names: [['body', 'transactionId', 'transaction']],
  }),
  'TestDisputes.resolve': (own) => ({
    given: { body: { transactionId: own.transaction, outcome: 'won' } },
    names: [['body', 'transactionId', 'transaction']],
  }),
  'Subscriptions.adjustBalance': one('subscription', { amount: 1 }),
  'Subscriptions.topupBalance': one('subscription', { amount: 100 }),
  'Subscriptions.purchaseCredits': (own) => ({
    given: { params: { id: own.subscription }, body: { creditPackId: own.creditPack } },
    names: [
      ['params', 'id', 'subscription'],
      ['body', 'creditPackId', 'creditPack'],
    ],
  }),
  'Subscriptions.setSpendCap': (own) => ({
    given: { params: { id: own.subscription }, body: { amount: 500, featureCode: own.feature } },
    names: [
      ['params', 'id', 'subscription'],
      ['body', 'featureCode', 'feature'],
    ],
  }),
  'Subscriptions.getSpendCaps': one('subscription'),
  'Usage.track': (own) => ({
    given: { body: { customerId: own.customer, feature: own.feature } },
    names: [
      ['body', 'customerId', 'customer'],
      ['body', 'feature', 'feature'],
    ],
  }),
  // A batch answers what became of each event; foreign names in one are refused there (usage-batch.test.ts).
  'Usage.trackBatch': (own) => ({
    given: { body: { events: [{ customerId: own.customer, feature: own.feature }] } },
    names: [],
  }),
  'Usage.set': (own) => ({
    given: { body: { customerId: own.customer, feature: own.feature, value: 1 } },
    names: [
      ['body', 'customerId', 'customer'],
      ['body', 'feature', 'feature'],
    ],
  }),
  'Usage.check': (own) => ({
    given: { body: { customerId: own.customer, featureCode: own.feature, quantity: 1 } },
    names: [
      ['body', 'customerId', 'customer'],
      ['body', 'featureCode', 'feature'],
    ],
  }),
  'Reservations.create': (own) => ({
    given: { body: { customerId: own.customer, featureCode: own.feature, quantity: 1 } },
    names: [
      ['body', 'customerId', 'customer'],
      ['body', 'featureCode', 'feature'],
    ],
  }),
  'Portal.getUrl': (own) => ({
    given: { body: { customerId: own.customer } },
    names: [['body', 'customerId', 'customer']],
  }),
  'Reservations.get': one('reservation'),
  'Reservations.commit': one('reservation', { value: 1 }),
  'Reservations.release': one('reservation'),
  'FeatureAccess.list': ofCustomer,
  'FeatureAccess.get': (own) => ({
    given: { params: { code: own.feature }, query: { customerId: own.customer } },
    names: [
      ['params', 'code', 'feature'],
      ['query', 'customerId', 'customer'],
    ],
  }),
  'Payments.list': ofCustomer,
  'Payments.create': (own) => ({
    given: { body: { amount: 4900, currency: 'usd', description: 'Workshop', customerId: own.customer } },
    names: [['body', 'customerId', 'customer']],
  }),
  'Payments.charge': (own) => ({
    given: { body: { amount: 4900, currency: 'usd', description: 'Workshop', customerId: own.customer } },
    names: [['body', 'customerId', 'customer']],
  }),
  'Payouts.request': () => ({ given: { body: { amount: 5000 } }, names: [] }),
  'Payouts.addBankAccount': () => ({
    given: { body: { accountNumber: '000123456789', accountHolderName: 'Acme' } },
    names: [],
  }),
  'Payouts.completeVerification': () => ({ given: { body: {} }, names: [] }),
  'Payments.get': one('payment'),
  'Payments.cancel': one('payment'),
  'Invoices.get': one('invoice'),
  'Invoices.getDownloadUrl': one('invoice'),
  'Invoices.updateStatus': one('invoice', { status: 'paid' }),
  'Invoices.createAdjustment': (own) => ({
    given: {
      body: { customerId: own.customer, amount: 100, description: 'Correction', invoiceId: own.invoice },
    },
    names: [
      ['body', 'customerId', 'customer'],
      ['body', 'invoiceId', 'invoice'],
    ],
  }),
  'Invoices.send': one('invoice'),
  'Invoices.list': (own) => ({
    given: { query: { customerId: own.customer, subscriptionId: own.subscription } },
    names: [
      ['query', 'customerId', 'customer'],
      ['query', 'subscriptionId', 'subscription'],
    ],
  }),
  'Invoices.explain': one('invoice'),
  'Billing.simulate': (own) => ({
    given: { body: { plan: { planCode: own.plan }, customerId: own.customer } },
    names: [['body', 'customerId', 'customer']],
  }),
  'Transactions.get': one('transaction'),
}
