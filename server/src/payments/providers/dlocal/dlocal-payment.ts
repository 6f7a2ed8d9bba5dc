import assert from 'node:assert/strict'
import type { ChargeRequest, KnownResult } from '#payments/provider.ts'
import { majorUnits } from '#payments/providers/dlocal/amounts.ts'
import type { DlocalRefund } from '#payments/providers/dlocal/dlocal-refund.ts'

/** What is read of a payment of dLocal. A verification of a card is a payment of nothing. */
export type DlocalPayment = {
  readonly id: string
  readonly order_id: string
  readonly amount: number
  readonly currency: string
  readonly status: string
  readonly status_code?: string | number
  readonly status_detail?: string
  readonly redirect_url?: string
  readonly refunds?: readonly DlocalRefund[]
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

/** Whether a token names a card that dLocal has stored. */
export const isStoredAtDlocal = (token: string): boolean => readDlocalToken(token)?.card !== 'page'

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
  304: 'fraudulent',
  305: 'card_velocity_exceeded',
  309: 'expired_card',
  310: 'lost_card',
  313: 'stolen_card',
  314: 'incorrect_number',
  315: 'incorrect_cvc',
  317: 'fraudulent',
  320: 'authentication_required',
  321: 'processing_error',
  325: 'card_velocity_exceeded',
}

export type AskedOfDlocal = Pick<ChargeRequest, 'token' | 'offSession'> &
  Partial<Pick<ChargeRequest, 'amount' | 'currency'>>

/** How a payment stands; undefined while the bank has not decided. Throws when another sum was booked than was asked for. */
export function dlocalStanding(payment: DlocalPayment, asked: AskedOfDlocal): KnownResult | undefined {
  switch (payment.status) {
    case 'PAID':
    case 'VERIFIED':
      return successOf(payment, asked)
    case 'PENDING':
      return payment.redirect_url !== undefined && !asked.offSession
        ? { outcome: 'requires_action', reference: payment.id, actionReference: payment.redirect_url }
        : undefined
    case 'REJECTED':
    case 'CANCELLED':
    case 'EXPIRED':
      return declineOf(payment, asked)
    default:
      return undefined
  }
}

/** Whether it waits for a customer who is not there. */
export function waitsForNobody(payment: DlocalPayment, { offSession }: AskedOfDlocal): boolean {
  return offSession && payment.status === 'PENDING' && payment.redirect_url !== undefined
}

function declineOf(payment: DlocalPayment, { offSession }: AskedOfDlocal): KnownResult {
  const { id, status, status_code: code, status_detail: detail } = payment
  const declined = { outcome: 'declined', reference: id } as const
  if (status === 'REJECTED') {
    const message = detail ?? 'The card was declined.'
    return { ...declined, code: reasons[String(code)] ?? 'card_declined', message }
  }
  // What nobody was there to confirm is given up by us, so that the customer can be asked.
  if (offSession)
    return {
      ...declined,
      code: 'authentication_required',
      message: 'The bank asks the customer to confirm this payment.',
    }
  return { ...declined, code: 'authentication_abandoned', message: 'The payment was not finished.' }
}

function successOf(payment: DlocalPayment, asked: AskedOfDlocal): KnownResult {
  const { id, card } = payment
  if (asked.amount !== undefined && asked.currency !== undefined) {
    assert.equal(
      payment.amount,
      majorUnits(asked.amount, asked.currency),
      `${id} booked another amount than was asked for`,
    )
    assert.equal(payment.currency.toLowerCase(), asked.currency, `${id} booked another currency than was asked for`)
  }
  // A card that is to be charged later and was not stored is of no use.
  if (payment.status === 'VERIFIED' && card?.card_id === undefined) return cardNotStored(id)
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

/** There is no card at dLocal that could be charged without its customer. */
export function cardNotStored(reference: string | null): KnownResult {
  const message = 'dLocal has stored no card that can be charged. Saving cards has to be enabled for the account there.'
  return { outcome: 'declined', reference, code: 'provider_unsupported', message }
}
