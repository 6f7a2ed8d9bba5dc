import assert from 'node:assert/strict'
import type { Card, KnownResult, ProviderName } from '#payments/provider.ts'

export const attemptKinds = ['charge', 'setup'] as const
export type AttemptKind = (typeof attemptKinds)[number]

/** What an attempt is for: whose turn it is once it has settled. */
export const purposes = [
  'first_invoice',
  'trial_setup',
  'free_first_period',
  'renewal',
  'final_invoice',
  'credit_purchase',
  'balance_topup',
  'recovery',
  'method_update',
  'reactivation',
  'addon_activation',
  'plan_change',
  'plan_change_checkout',
  'payment_link',
  'payment_charge',
] as const
export type Purpose = (typeof purposes)[number]

const holdingUp: readonly Purpose[] = ['plan_change', 'renewal', 'reactivation']

/** Whether everything else of a subscription waits for a charge. */
export function holdsUp({ purpose }: { readonly purpose: Purpose }): boolean {
  return holdingUp.includes(purpose)
}

/** What may follow what. `failed` is for ever: trying again is a new attempt. */
export const transitions = {
  started: ['requires_action', 'succeeded', 'failed'],
  requires_action: ['succeeded', 'failed'],
  succeeded: ['refunded', 'disputed'],
  failed: [],
  refunded: [],
  // Won: succeeded again. Lost: it stays disputed.
  disputed: ['succeeded', 'refunded'],
} as const satisfies Record<string, readonly string[]>
export type AttemptState = keyof typeof transitions

/** The provider may still book it: nothing else may be tried for the same invoice. */
export const statesInFlight = ['started', 'requires_action'] as const satisfies readonly AttemptState[]

/** Whether the outcome is still open. */
export function isInFlight(state: AttemptState): boolean {
  return (statesInFlight as readonly AttemptState[]).includes(state)
}

/**
 * One attempt to move money (charge) or to store a card (setup). Amounts are minor units of `currency`; a setup's are 0.
 * createdAt, updatedAt and paidAt are moments of the organisation's clock, startedAt and lookAgainAt of the machine's.
 */
export type Attempt = {
  readonly orgId: string
  /** Also the provider's idempotency key. */
  readonly id: string
  readonly kind: AttemptKind
  readonly purpose: Purpose
  readonly state: AttemptState
  readonly customerId: string
  readonly subscriptionId: string | null
  readonly invoiceId: string | null
  readonly checkoutId: string | null
  /** The link or single charge it pays. */
  readonly paymentId: string | null
  /** The stored method that is charged; null while the card is new. */
  readonly paymentMethodId: string | null
  readonly provider: ProviderName
  /** The connection it goes through; null for the built-in processor. */
  readonly connectionId: string | null
  readonly providerToken: string
  readonly providerReference: string | null
  /** The authentication step to send the customer to, when one was asked for. */
  readonly actionReference: string | null
  readonly offSession: boolean
  readonly amount: bigint
  readonly subtotal: bigint
  readonly taxAmount: bigint
  readonly currency: string
  readonly customerEmail: string | null
  readonly customerName: string | null
  readonly card: Card | null
  readonly failureCode: string | null
  readonly failureMessage: string | null
  readonly startedAt: Temporal.Instant
  readonly lookAgainAt: Temporal.Instant | null
  readonly looks: number
  readonly paidAt: Temporal.Instant | null
  readonly availableAt: Temporal.Instant | null
  readonly createdAt: Temporal.Instant
  readonly updatedAt: Temporal.Instant
}

/** What an answer of the provider makes of an attempt; `nothing` when it says no more than is known. */
export type Verdict = Exclude<KnownResult['outcome'], 'declined'> | 'failed' | 'nothing'

/**
 * Judges an answer. A success for an attempt that has failed throws: money moved that nobody is going to account for, and
 * that has to be seen.
 */
export function judge(attempt: Pick<Attempt, 'id' | 'state' | 'offSession'>, result: KnownResult): Verdict {
  assert(
    !(attempt.state === 'failed' && result.outcome === 'succeeded'),
    `${attempt.id} has failed and must not be charged afterwards`,
  )
  if (!isInFlight(attempt.state)) return 'nothing'
  switch (result.outcome) {
    case 'succeeded':
      return 'succeeded'
    case 'declined':
      return 'failed'
    case 'requires_action':
      assert(!attempt.offSession, `${attempt.id} has nobody who could authenticate`)
      return attempt.state === 'requires_action' ? 'nothing' : 'requires_action'
    default:
      return result satisfies never
  }
}
