import type { LetterParties } from '#mail/letter.ts'
import { type MailContent, operatorMailKinds } from '#mail/mail.ts'

const plan = { planName: 'Pro' }
const customer = { customer: 'ada@example.com' }
const amount = { amount: '2900', currency: 'usd' }
const invoice = { invoiceId: 'inv_1', invoiceNumber: 'INV-000042', ...amount }

/** A mail of every kind, in every form it has: for the gallery, for mails that are sent to try it out, and for tests. */
export const mailExamples: readonly MailContent[] = [
  { kind: 'subscription_started', facts: { ...plan, renewsOn: '2026-07-16', trialEndsOn: null } },
  {
    kind: 'subscription_started',
    facts: {
      ...plan,
      renewsOn: null,
      trialEndsOn: '2026-06-30',
      withdrawal: { url: 'https://billing.example.com/withdraw/1', lastDay: '2026-06-30' },
    },
  },
  { kind: 'subscription_reactivated', facts: { ...plan, renewsOn: '2026-07-16' } },
  { kind: 'receipt', facts: invoice },
  { kind: 'refunded', facts: invoice },
  { kind: 'invoice_finalised', facts: { ...invoice, dueOn: '2026-06-30' } },
  { kind: 'invoice_sent', facts: { ...invoice, dueOn: '2026-06-30' } },
  {
    kind: 'payment_failed',
    facts: {
      ...plan,
      ...invoice,
      declineCode: 'insufficient_funds',
      recoveryUrl: 'https://billing.example.com/recover/1',
      nextRetryAt: '2026-06-17T12:00:00Z',
    },
  },
  {
    kind: 'action_needed',
    facts: { ...plan, ...invoice, actionUrl: 'https://billing.example.com/recover/1' },
  },
  { kind: 'payment_recovered', facts: { ...plan, ...invoice } },
  { kind: 'canceled_for_non_payment', facts: { ...plan, ...invoice } },
  { kind: 'trial_will_end', facts: { ...plan, ...amount, endsOn: '2026-06-30' } },
  { kind: 'trial_converted', facts: { ...plan, ...amount, renewsOn: '2026-07-30' } },
  {
    kind: 'subscription_changed',
    facts: { from: 'Pro', to: 'Team', effectiveOn: '2026-06-16', isScheduled: false },
  },
  {
    kind: 'subscription_changed',
    facts: { from: 'Team', to: 'Pro', effectiveOn: '2026-07-16', isScheduled: true },
  },
  { kind: 'cancel_scheduled', facts: { ...plan, endsOn: '2026-07-16' } },
  { kind: 'cancel_undone', facts: { ...plan, renewsOn: '2026-07-16' } },
  { kind: 'subscription_ended', facts: { ...plan, endedOn: '2026-07-16' } },
  { kind: 'renewal_reminder', facts: { ...plan, ...amount, renewsOn: '2026-07-16' } },
  {
    kind: 'card_expiring',
    facts: {
      ...plan,
      paymentMethodId: 'pm_1',
      brand: 'visa',
      last4: '4242',
      goodUntil: '2026-07-31',
      updateUrl: 'https://billing.example.com/card/1',
    },
  },
  { kind: 'credits_low', facts: { ...plan, credits: '1000', refillsOn: '2026-07-16' } },
  { kind: 'credits_depleted', facts: { ...plan, refillsOn: '2026-07-16' } },
  { kind: 'credits_depleted', facts: { ...plan, refillsOn: null } },
  { kind: 'credits_granted', facts: { ...plan, credits: '500', total: '1250' } },
  { kind: 'balance_low', facts: { ...plan, amount: '240', currency: 'usd', refillsOn: '2026-07-16' } },
  { kind: 'balance_depleted', facts: { ...plan, refillsOn: '2026-07-16', isBilledBeyond: false } },
  { kind: 'balance_depleted', facts: { ...plan, refillsOn: null, isBilledBeyond: true } },
  { kind: 'balance_granted', facts: { ...plan, ...amount, total: '4100' } },
  { kind: 'dispute_opened', facts: { ...customer, ...amount, invoiceNumber: 'INV-000042', reason: 'fraudulent' } },
  { kind: 'dispute_resolved', facts: { ...customer, ...amount, invoiceNumber: 'INV-000042', isWon: true } },
  { kind: 'dispute_resolved', facts: { ...customer, ...amount, invoiceNumber: null, isWon: false } },
  {
    kind: 'dispute_resolved',
    facts: { ...customer, ...amount, invoiceNumber: null, isWon: true, owed: { ...amount, isReturned: true } },
  },
  {
    kind: 'dispute_resolved',
    facts: { ...customer, ...amount, invoiceNumber: null, isWon: true, owed: { ...amount, isReturned: false } },
  },
  { kind: 'payout_paid', facts: { amount: '250000', currency: 'usd', last4: '6789' } },
  { kind: 'payout_failed', facts: { amount: '250000', currency: 'usd', last4: '6789', reason: 'no_account' } },
  { kind: 'subscription_unpaid', facts: { ...customer, ...plan, ...invoice } },
  { kind: 'sale_made', facts: { ...customer, ...invoice, sold: 'Pro' } },
  {
    kind: 'webhook_failed',
    facts: {
      endpointId: 'wh_1',
      url: 'https://acme.example/hooks',
      event: 'invoice.created',
      eventId: 'whev_1',
      attempts: 8,
      reason: 'HTTP 503',
      further: 2,
    },
  },
  { kind: 'webhook_switched_off', facts: { url: 'https://acme.example/hooks', failures: 3 } },
  { kind: 'portal_link', facts: { portalUrl: 'https://billing.example.com/portal/1' } },
  {
    kind: 'email_change',
    facts: { newEmail: 'ada@lovelace.example', confirmUrl: 'https://billing.example.com/email/1' },
  },
  {
    kind: 'withdrawal_receipt',
    facts: { ...amount, contractName: 'Pro', withdrawnAt: '2026-06-16T12:05:00Z', isSubscription: true },
  },
  {
    kind: 'withdrawal_declared',
    facts: {
      ...amount,
      byHand: '900',
      earlier: '2',
      contractName: 'Pro',
      withdrawnAt: '2026-06-16T12:05:00Z',
      customer: 'Ada Lovelace',
      customerId: 'ada',
      subscriptionId: 'sub_1',
    },
  },
  { kind: 'refund_failed', facts: { ...amount, transactionId: 'txn_1', reason: 'The charge is too old.' } },
  { kind: 'email_changed', facts: { oldEmail: 'ada@example.com', newEmail: 'ada@lovelace.example' } },
]

/** Who writes to whom in them. */
export const exampleParties: LetterParties = {
  sellerName: 'Acme',
  supportEmail: 'billing@acme.example',
  customerName: 'Ada Lovelace',
  livemode: true,
}

/** Who writes to whom in an example: nobody greets an operator by a customer's name. */
export function partiesOfExample(
  { kind }: MailContent,
  seller: Pick<LetterParties, 'sellerName' | 'supportEmail'>,
): LetterParties {
  const isToOperators = (operatorMailKinds as readonly string[]).includes(kind)
  // As the sandbox would send it, so that nobody takes it for the real thing.
  return {
    ...exampleParties,
    ...seller,
    livemode: false,
    ...(isToOperators ? { customerName: null, supportEmail: null } : {}),
  }
}
