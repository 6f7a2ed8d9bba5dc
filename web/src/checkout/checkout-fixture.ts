import type { CheckoutDescription } from './render.types.ts'

/** The checkout the tests begin with: $29.00 today, and the same every month. */
export const checkoutFixture: CheckoutDescription = {
  object: 'checkout',
  livemode: false,
  status: 'open',
  kind: 'payment',
  page: 'checkout',
  occasion: 'new',
  organisation: { name: 'Acme' },
  plan: { name: 'Pro', description: null, billingInterval: 'monthly' },
  customer: { email: 'ada@example.com', fullName: null, taxDocument: null, address: null },
  currency: 'usd',
  lines: [{ lineType: 'plan_base', description: 'Pro', quantity: 1, unitAmount: 2900, amount: 2900 }],
  subtotal: 2900,
  discountAmount: 0,
  taxAmount: 0,
  total: 2900,
  renewal: { amount: 2900, billingInterval: 'monthly', on: '2026-08-01', later: null },
  trial: null,
  provider: 'commet',
  intake: 'card',
  publishableKey: null,
  successUrl: null,
  action: null,
  receipt: null,
}
