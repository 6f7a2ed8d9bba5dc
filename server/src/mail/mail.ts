/** Where a mail goes: to a mail server, or only into the built-in inbox. */
export const mailDeliveries = ['smtp', 'inbox'] as const
export type MailDelivery = (typeof mailDeliveries)[number]

/** How a mail stands. `inbox`: it is kept for the built-in inbox and goes nowhere else. */
export const mailStates = ['waiting', 'sent', 'failed', 'inbox'] as const
export type MailState = (typeof mailStates)[number]

/** An amount as a mail's facts keep it: minor units as text, JSON has no such numbers. */
export type AmountFact = { readonly amount: string; readonly currency: string }

type PlanFact = { readonly planName: string }
/** When an account is filled again, if that is known. */
type RefillFact = { readonly refillsOn: string | null }
/** Where a consumer withdraws from what the mail is about, and until which day; absent where nobody can. */
type WithdrawalFact = { readonly withdrawal?: { readonly url: string; readonly lastDay: string } }
type InvoiceFact = { readonly invoiceId: string; readonly invoiceNumber: string } & AmountFact
/** The customer that an operator is told of, by email address. */
type CustomerFact = { readonly customer: string }
type DisputeFact = CustomerFact & AmountFact & { readonly invoiceNumber: string | null }
/** To the account with these last digits. */
type PayoutFact = AmountFact & { readonly last4: string }
/** UTC days are `YYYY-MM-DD`, moments ISO 8601, addresses whole. */
type Facts = {
  readonly subscription_started: PlanFact &
    WithdrawalFact & { readonly renewsOn: string | null; readonly trialEndsOn: string | null }
  readonly subscription_reactivated: PlanFact & WithdrawalFact & { readonly renewsOn: string | null }
  readonly receipt: InvoiceFact & WithdrawalFact
  readonly refunded: InvoiceFact
  readonly invoice_finalised: InvoiceFact & { readonly dueOn: string }
  readonly invoice_sent: InvoiceFact & { readonly dueOn: string }
  readonly payment_failed: InvoiceFact &
    PlanFact & {
      readonly declineCode: string | null
      readonly recoveryUrl: string | null
      readonly nextRetryAt: string | null
    }
  readonly action_needed: InvoiceFact & PlanFact & { readonly actionUrl: string }
  readonly payment_recovered: InvoiceFact & PlanFact
  readonly canceled_for_non_payment: InvoiceFact & PlanFact
  readonly trial_will_end: PlanFact & AmountFact & { readonly endsOn: string }
  readonly trial_converted: PlanFact & AmountFact & { readonly renewsOn: string | null }
  readonly subscription_changed: {
    readonly from: string
    readonly to: string
    readonly effectiveOn: string
    readonly isScheduled: boolean
  }
  readonly cancel_scheduled: PlanFact & { readonly endsOn: string }
  readonly cancel_undone: PlanFact & { readonly renewsOn: string | null }
  readonly subscription_ended: PlanFact & { readonly endedOn: string }
  readonly renewal_reminder: PlanFact & AmountFact & { readonly renewsOn: string }
  /** Which card, and the last day on which it is good. */
  readonly card_expiring: PlanFact & {
    readonly paymentMethodId: string
    readonly brand: string
    readonly last4: string
    readonly goodUntil: string
    readonly updateUrl: string
  }
  /** Credits are counts. */
  readonly credits_low: PlanFact & RefillFact & { readonly credits: string }
  readonly credits_depleted: PlanFact & RefillFact
  readonly credits_granted: PlanFact & { readonly credits: string; readonly total: string }
  readonly balance_low: PlanFact & RefillFact & AmountFact
  /** `isBilledBeyond`: what is used from now on is on the next invoice; otherwise it is refused. */
  readonly balance_depleted: PlanFact & RefillFact & { readonly isBilledBeyond: boolean }
  readonly balance_granted: PlanFact & AmountFact & { readonly total: string }
  readonly dispute_opened: DisputeFact & { readonly reason: string | null }
  readonly dispute_resolved: DisputeFact & {
    readonly isWon: boolean
    /** The customer has withdrawn from what the charge had paid: it goes back, by itself or by the seller's hand. */
    readonly owed?: AmountFact & { readonly isReturned: boolean }
  }
  readonly payout_paid: PayoutFact
  readonly payout_failed: PayoutFact & { readonly reason: string }
  readonly subscription_unpaid: CustomerFact & InvoiceFact & PlanFact
  readonly sale_made: CustomerFact & InvoiceFact & { readonly sold: string }
  /** `further`: how many more events failed in the same moment. */
  readonly webhook_failed: {
    readonly endpointId: string
    readonly url: string
    readonly event: string
    readonly eventId: string
    readonly attempts: number
    readonly reason: string
    readonly further: number
  }
  readonly webhook_switched_off: { readonly url: string; readonly failures: number }
  readonly portal_link: { readonly portalUrl: string }
  readonly email_change: { readonly newEmail: string; readonly confirmUrl: string }
  readonly withdrawal_receipt: AmountFact & {
    readonly contractName: string
    readonly withdrawnAt: string
    readonly isSubscription: boolean
  }
  readonly withdrawal_declared: AmountFact & {
    readonly contractName: string
    readonly withdrawnAt: string
    /** What Halley cannot give back: paid outside, or at a provider that this installation does not have (any more). */
    readonly byHand: string
    /** How many contracts this customer had withdrawn from before. */
    readonly earlier?: string
    readonly customer: string
    readonly customerId: string
    readonly subscriptionId: string
  }
  readonly refund_failed: AmountFact & { readonly transactionId: string; readonly reason: string }
  readonly email_changed: { readonly oldEmail: string; readonly newEmail: string }
}

/** Every mail: to customers, and to operators. */
export type MailKind = keyof Facts
/** What a mail of a kind is told when it is queued. */
export type MailFacts<Kind extends MailKind = MailKind> = Facts[Kind]
/** A mail's kind with its facts. */
export type MailContent = {
  readonly [Kind in MailKind]: { readonly kind: Kind; readonly facts: Facts[Kind] }
}[MailKind]

/** Mails that a customer gets in any case. */
const certainMailKinds = [
  'subscription_started',
  'subscription_reactivated',
  'receipt',
  'refunded',
  'invoice_finalised',
  'invoice_sent',
  'payment_failed',
  'action_needed',
  'payment_recovered',
  'canceled_for_non_payment',
  'trial_will_end',
  'trial_converted',
  'subscription_changed',
  'cancel_scheduled',
  'cancel_undone',
  'subscription_ended',
  'renewal_reminder',
  'portal_link',
  'email_change',
  'email_changed',
  'withdrawal_receipt',
] as const satisfies readonly MailKind[]

/** Mails to whoever runs the side, at the notification address of its settings. */
export const operatorMailKinds = [
  'dispute_opened',
  'dispute_resolved',
  'payout_paid',
  'payout_failed',
  'subscription_unpaid',
  'sale_made',
  'webhook_failed',
  'webhook_switched_off',
  'withdrawal_declared',
  'refund_failed',
] as const satisfies readonly MailKind[]

/**
 * Mails that a customer may do without: hints. What tells of a charge, before or after, of the subscription itself or of a link that
 * was asked for is none of them.
 */
export const optionalMailKinds = [
  'card_expiring',
  'credits_low',
  'credits_depleted',
  'credits_granted',
  'balance_low',
  'balance_depleted',
  'balance_granted',
] as const satisfies readonly MailKind[]

export const mailKinds = [...certainMailKinds, ...optionalMailKinds, ...operatorMailKinds] as const

export function isOptional(kind: MailKind): boolean {
  return (optionalMailKinds as readonly MailKind[]).includes(kind)
}

/** Mails that are sent only where somebody asked for them. */
export const wantedMailKinds = ['sale_made'] as const satisfies readonly MailKind[]
export type WantedMailKind = (typeof wantedMailKinds)[number]

export type OperatorMail = Extract<MailContent, { readonly kind: (typeof operatorMailKinds)[number] }>

/** The address a mail goes to in place of the customer's own of then; null for all others. */
export function ownRecipient(content: MailContent): string | null {
  switch (content.kind) {
    case 'email_change':
      return content.facts.newEmail
    case 'email_changed':
      return content.facts.oldEmail
    default:
      return null
  }
}

/** Mails that carry their invoice as a PDF. */
export function attachesInvoice(content: MailContent): string | null {
  switch (content.kind) {
    case 'receipt':
    case 'invoice_finalised':
    case 'invoice_sent':
      return content.facts.invoiceId
    default:
      return null
  }
}
