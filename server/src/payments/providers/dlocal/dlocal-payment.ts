import assert from 'node:assert/strict'
import { currency, minorDigits } from '#money/currency.ts'
import type { ChargeRequest, KnownResult } from '#payments/provider.ts'

/** What is read of a payment of dLocal. */
export type DlocalPayment = {
  readonly id: string
  readonly order_id: string
  readonly amount: number
  readonly currency: string
  readonly status: string
  readonly status_code?: string | number
  readonly status_detail?: string
  readonly redirect_url?: string
  readonly card?: {
    readonly card_id?: string
    readonly brand?: string
    readonly last4?: string
    readonly expiration_month?: number
    readonly expiration_year?: number
  }
}

/**
 * What Halley keeps of a card at dLocal: the payer's country and document, which every request repeats, and the stored card
 * (`CID-…`), or `page` for one that is typed on dLocal's page.
 */
export type DlocalToken = { readonly country: string; readonly document: string; readonly card: string }

export function dlocalTokenText({ country, document, card }: DlocalToken): string {
  return [country, document, card].join('|')
}

/** Undefined for a text that {@link dlocalTokenText} did not write. */
export function readDlocalToken(text: string): DlocalToken | undefined {
  const [country, document, card, more] = text.split('|')
  return country && document !== undefined && card && more === undefined ? { country, document, card } : undefined
}

/** An amount as dLocal writes it: major units, with the currency's digits. Null where a float could not say it exactly. */
export function majorUnits(amount: bigint, code: string): number | null {
  const digits = minorDigits(currency(code))
  const text = amount.toString().padStart(digits + 1, '0')
  const major = digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`
  return Number(major).toFixed(digits) === major ? Number(major) : null
}

const brands: Readonly<Record<string, string>> = {
  VI: 'visa',
  MC: 'mastercard',
  AE: 'amex',
  DC: 'diners',
  DS: 'discover',
  EL: 'elo',
  HI: 'hipercard',
  JC: 'jcb',
}

// dLocal's reasons with a word of their own in the port; the others are plain declines.
const reasons: Readonly<Record<string, string>> = {
  302: 'insufficient_funds',
  305: 'card_velocity_exceeded',
  309: 'expired_card',
  310: 'lost_card',
  313: 'stolen_card',
}

/** How a payment stands; undefined while the bank has not decided. Throws when another sum was booked than was asked for. */
export function dlocalStanding(
  payment: DlocalPayment,
  asked: Pick<ChargeRequest, 'token' | 'offSession'> & Partial<Pick<ChargeRequest, 'amount' | 'currency'>>,
): KnownResult | undefined {
  switch (payment.status) {
    case 'PAID':
      return successOf(payment, asked)
    case 'PENDING':
      return payment.redirect_url !== undefined && !asked.offSession
        ? { outcome: 'requires_action', reference: payment.id, actionReference: payment.redirect_url }
        : undefined
    case 'REJECTED':
    case 'CANCELLED':
    case 'EXPIRED':
      return declineOf(payment)
    default:
      return undefined
  }
}

function declineOf({ id, status, status_code: code, status_detail: detail }: DlocalPayment): KnownResult {
  const isGivenUp = status !== 'REJECTED'
  return {
    outcome: 'declined',
    reference: id,
    code: isGivenUp ? 'authentication_abandoned' : (reasons[String(code)] ?? 'card_declined'),
    message: isGivenUp ? 'The payment was not finished.' : (detail ?? 'The card was declined.'),
  }
}

function successOf(payment: DlocalPayment, asked: Parameters<typeof dlocalStanding>[1]): KnownResult {
  const { id, card } = payment
  if (asked.amount !== undefined && asked.currency !== undefined) {
    assert.equal(
      payment.amount,
      majorUnits(asked.amount, asked.currency),
      `${id} booked another amount than was asked for`,
    )
    assert.equal(payment.currency.toLowerCase(), asked.currency, `${id} booked another currency than was asked for`)
  }
  assert(card?.last4 && card.expiration_month && card.expiration_year, `${id} was paid with a card`)
  const token = readDlocalToken(asked.token)
  const stored = card.card_id ?? token?.card ?? 'page'
  return {
    outcome: 'succeeded',
    reference: id,
    card: {
      brand: brands[card.brand ?? ''] ?? card.brand?.toLowerCase() ?? 'card',
      last4: card.last4,
      expMonth: card.expiration_month,
      expYear: card.expiration_year,
      country: null,
    },
    ...(token ? { token: dlocalTokenText({ ...token, card: stored }) } : {}),
  }
}
