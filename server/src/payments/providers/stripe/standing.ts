import assert from 'node:assert/strict'
import type { Card, ChargeRequest, KnownResult } from '#payments/provider.ts'
import { readToken, tokenText } from '#payments/providers/stripe/token.ts'

/** What is read of a card payment method of Stripe. */
export type StripeMethod = {
  readonly id: string
  readonly card?: {
    readonly brand: string
    readonly last4: string
    readonly exp_month: number
    readonly exp_year: number
    readonly country: string | null
  } | null
}

export type StripeError = {
  readonly code?: string | null | undefined
  readonly decline_code?: string | null | undefined
  readonly message?: string | null | undefined
}

/** What is read of a PaymentIntent or a SetupIntent, the same words for both. */
export type Intent = {
  readonly id: string
  readonly status: string
  readonly clientSecret: string | null
  readonly customer: string | null
  /** In our minor units; null for a set-up. */
  readonly amountReceived: bigint | null
  readonly currency: string | null
  readonly method: StripeMethod | null
  readonly lastError: StripeError | null
  readonly transaction: string | undefined
}

export type Standing =
  | { readonly kind: 'known'; readonly result: KnownResult }
  /** Declined, but somebody with its client secret could pay it still: it has to be canceled first. */
  | { readonly kind: 'open'; readonly result: KnownResult }
  /** The bank has not decided. */
  | { readonly kind: 'undecided' }

/** How a request stands that has become this intent. Throws when what was booked is not what was asked for. */
export function standingOf(intent: Intent, asked?: Pick<ChargeRequest, 'amount' | 'currency' | 'kind'>): Standing {
  switch (intent.status) {
    case 'succeeded':
      return { kind: 'known', result: successOf(intent, asked) }
    case 'requires_action':
      return intent.clientSecret === null ? { kind: 'undecided' } : { kind: 'known', result: actionOf(intent) }
    case 'canceled':
      return { kind: 'known', result: declineOf(intent.id, intent.lastError ?? abandoned) }
    case 'requires_payment_method':
    case 'requires_confirmation':
      return { kind: 'open', result: declineOf(intent.id, intent.lastError) }
    default:
      return { kind: 'undecided' }
  }
}

const abandoned: StripeError = { code: 'authentication_abandoned', message: 'The payment was not authenticated.' }

function actionOf({ id, clientSecret }: Intent): KnownResult {
  return { outcome: 'requires_action', reference: id, actionReference: clientSecret ?? '' }
}

function successOf(
  intent: Intent,
  asked: Pick<ChargeRequest, 'amount' | 'currency' | 'kind'> | undefined,
): KnownResult {
  if (asked?.kind === 'charge') {
    assert.equal(intent.amountReceived, asked.amount, `${intent.id} booked another amount than was asked for`)
    assert.equal(intent.currency, asked.currency, `${intent.id} booked another currency than was asked for`)
  }
  const { method, customer } = intent
  assert(method && customer !== null, `${intent.id} succeeded with a card of a customer`)
  return {
    outcome: 'succeeded',
    reference: intent.id,
    card: cardOf(method),
    token: tokenText({ customer, source: method.id }),
  }
}

/** The card as it may be shown. */
export function cardOf({ id, card }: StripeMethod): Card {
  assert(card, `${id} is a card`)
  return {
    brand: card.brand.toLowerCase(),
    last4: card.last4,
    expMonth: card.exp_month,
    expYear: card.exp_year,
    country: card.country?.toUpperCase() ?? null,
  }
}

// Stripe's reasons that say nothing to a customer, or more than they should be told (a stolen card).
const plainer: Readonly<Record<string, string>> = {
  generic_decline: 'card_declined',
  do_not_honor: 'card_declined',
  payment_intent_authentication_failure: 'authentication_failed',
  setup_intent_authentication_failure: 'authentication_failed',
}

/** A decline in the words of the port: Stripe's decline code where there is one, its error code otherwise. */
export function declineOf(reference: string | null, error: StripeError | null): KnownResult {
  const code = error?.decline_code ?? error?.code ?? 'card_declined'
  return {
    outcome: 'declined',
    reference,
    code: plainer[code] ?? code,
    message: error?.message ?? 'The card was declined.',
  }
}

/** Whether an intent is of a token's customer and made for this key. */
export function isOf(intent: Intent, key: string, token: string): boolean {
  return intent.transaction === key && intent.customer === (readToken(token)?.customer ?? null)
}
