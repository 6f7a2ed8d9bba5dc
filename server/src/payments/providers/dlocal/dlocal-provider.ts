import assert from 'node:assert/strict'
import { assertOutsideTransaction } from '#database/transaction.ts'
import {
  type ChargeRequest,
  type ChargeResult,
  type KnownResult,
  type Payer,
  type PaymentProvider,
  type PrepareResult,
  ProviderUnreachable,
} from '#payments/provider.ts'
import { majorUnits } from '#payments/providers/dlocal/amounts.ts'
import { findChargeback } from '#payments/providers/dlocal/chargebacks.ts'
import {
  type AskedOfDlocal,
  cardNotStored,
  type DlocalPayment,
  type DlocalToken,
  dlocalStanding,
  dlocalTokenText,
  isStoredAtDlocal,
  readDlocalToken,
  waitsForNobody,
} from '#payments/providers/dlocal/dlocal-payment.ts'
import { areKeysRefused, findOrder, findPayment, lookUpOrder, paidOrders } from '#payments/providers/dlocal/orders.ts'
import { refundPayment } from '#payments/providers/dlocal/refunding.ts'
import { askDlocal, type DlocalLine, type DlocalRefusal } from '#payments/providers/dlocal/requests.ts'

export type DlocalOptions = DlocalLine & {
  /** Whose account it is. */
  readonly organisationId: string
  /** Where dLocal tells of changes of payments and of refunds, and where it sends customers back to. */
  readonly notificationUrl: string
  readonly refundUrl: string
  readonly returnUrl: string
}

/**
 * dLocal behind the port. With the customer there the card is typed on dLocal's own page and stored; without, the stored card
 * is charged. The attempt's id is the order's id, by which a payment is found again.
 */
export function dlocalProvider(options: DlocalOptions): PaymentProvider {
  return {
    name: 'dlocal',
    modes: [options.mode],
    vault: async () => ({
      ok: false,
      code: 'card_not_taken',
      field: 'number',
      message: 'Card numbers are not taken here. The card is typed on the page of the payment provider.',
    }),
    prepare: async (_given, payer) => prepare(payer),
    charge: (request) => {
      assertOutsideTransaction()
      return charge(options, request)
    },
    find: async (key, { token }) => {
      const payment = await findOrder(options, key)
      if (!payment) return { outcome: 'not_found' }
      return conclude(options, payment, { token, offSession: isStoredAtDlocal(token) })
    },
    withdraw: (request) => {
      assertOutsideTransaction()
      return withdraw(options, request)
    },
    refund: (request) => {
      assertOutsideTransaction()
      return refundPayment(options, options.refundUrl, request)
    },
    abandon: (reference, { token }) => abandon(options, reference, { token, offSession: isStoredAtDlocal(token) }),
    findDispute: (reference, transactionId) =>
      findChargeback(options, options.organisationId, reference, transactionId),
    findCharges: (transactions) => paidOrders(options, transactions),
    // Nobody's order: that there is none is said to whoever has keys.
    acceptsKeys: async () => (await lookUpOrder(options, 'halley-providers-check')) !== 'refused',
  }
}

function prepare({ country, taxDocument, email, knownToken }: Payer): PrepareResult {
  if (country === null) return { ok: false, field: 'address.country', message: 'Choose a country.' }
  const known = knownToken === null ? undefined : readDlocalToken(knownToken)?.document
  const document = taxDocument ?? known ?? null
  if (document === null || document.includes('|'))
    return { ok: false, field: 'taxDocument', message: 'Enter your tax or identity number: the bank asks for it.' }
  assert(email !== '', 'a customer has an e-mail address')
  return { ok: true, token: dlocalTokenText({ country, document, card: 'page' }) }
}

async function charge(options: DlocalOptions, request: ChargeRequest): Promise<KnownResult> {
  const token = readDlocalToken(request.token)
  assert(token, 'a charge at dLocal has a token of dLocal')
  if (request.offSession && !isStoredAtDlocal(request.token)) return cardNotStored(null)
  const amount = majorUnits(request.amount, request.currency)
  if (amount === null) return refused('processing_error', 'The amount is too large for the payment provider.')
  // dLocal refuses an order's id that it knows already, where the account is set up so: whoever asks twice looks first.
  const earlier = await lookUpOrder(options, request.idempotencyKey)
  if (earlier === 'refused') return keysRefused()
  if (earlier) return conclude(options, earlier, request)
  const answer = await askDlocal<DlocalPayment>(
    options,
    'POST',
    '/payments',
    paymentOf(options, request, token, amount),
    { 'x-idempotency-key': request.idempotencyKey },
  )
  if (answer.isTaken) return conclude(options, answer.body, request)
  if (String(answer.refusal.code) === duplicatedOrder) return concludeEarlier(options, request)
  return refusalOf(answer.status, answer.refusal, request)
}

function paymentOf(
  options: DlocalOptions,
  { idempotencyKey, kind, currency, description, payer, offSession }: ChargeRequest,
  { country, document, card }: DlocalToken,
  amount: number,
) {
  const stored = { card_id: card, stored_credential_type: 'SUBSCRIPTION', stored_credential_usage: 'USED' }
  const typed = kind === 'setup' ? { save: true, verify: true } : { save: true }
  return {
    amount,
    currency: currency.toUpperCase(),
    country,
    payment_method_id: 'CARD',
    payment_method_flow: card === 'page' ? 'REDIRECT' : 'DIRECT',
    payer: { name: payer.name ?? payer.email, email: payer.email, document },
    card: card === 'page' ? typed : offSession ? stored : { card_id: card },
    order_id: idempotencyKey,
    description,
    notification_url: options.notificationUrl,
    callback_url: `${options.returnUrl}?attempt=${idempotencyKey}`,
  }
}

// dLocal's codes: an order's id that it knows, a person whom it may not serve.
const duplicatedOrder = '5009'
const personRefused = '5005'

// The first request arrived after it was looked for.
async function concludeEarlier(options: DlocalOptions, request: ChargeRequest): Promise<KnownResult> {
  const earlier = await findOrder(options, request.idempotencyKey)
  if (!earlier) throw new ProviderUnreachable('dLocal knows this order and does not show it yet.')
  return conclude(options, earlier, request)
}

/** What dLocal refused before anything was booked. */
function refusalOf(
  status: number,
  { code, message = 'it gave no reason', param = '' }: DlocalRefusal,
  { kind }: ChargeRequest,
): KnownResult {
  if (areKeysRefused(status)) return keysRefused()
  const reason = `${message.replace(/\.$/, '')} (${code ?? status})`
  if (param.startsWith('payer.document') || String(code) === personRefused)
    return refused('identity_refused', `The payment provider did not accept the identity number: ${reason}.`)
  if (kind === 'setup')
    return refused('provider_unsupported', `dLocal stores no card without a payment here: ${reason}.`)
  return refused('processing_error', `The payment provider refused this payment: ${reason}.`)
}

function keysRefused(): KnownResult {
  return refused('provider_unavailable', 'The payment provider does not accept the keys of this connection.')
}

/**
 * A payment that never arrived cannot be paid: only its answer had the address of the page to pay on, and nobody has that. One
 * that arrived is canceled.
 */
async function withdraw(options: DlocalOptions, request: ChargeRequest): Promise<KnownResult> {
  const payment = await findOrder(options, request.idempotencyKey)
  if (!payment) return refused('processing_error', 'The payment could not be processed.')
  const standing = dlocalStanding(payment, request)
  return standing && standing.outcome !== 'requires_action' ? standing : end(options, payment, request)
}

async function abandon(options: DlocalOptions, reference: string, asked: AskedOfDlocal): Promise<ChargeResult> {
  const payment = await findPayment(options, reference)
  if (!payment) return { outcome: 'not_found' }
  const standing = dlocalStanding(payment, asked)
  return standing && standing.outcome !== 'requires_action' ? standing : end(options, payment, asked)
}

/** How a payment stands. What waits for a customer who is not there is ended: the customer is asked on a page of ours. */
async function conclude(options: DlocalOptions, payment: DlocalPayment, asked: AskedOfDlocal): Promise<KnownResult> {
  if (waitsForNobody(payment, asked)) return end(options, payment, asked)
  const standing = dlocalStanding(payment, asked)
  if (standing) return standing
  throw undecided(payment)
}

async function end(options: DlocalOptions, payment: DlocalPayment, asked: AskedOfDlocal): Promise<KnownResult> {
  await askDlocal(options, 'POST', `/payments/${encodeURIComponent(payment.id)}/cancel`, {})
  // Canceled or paid at the last moment: what it says now is what counts.
  const now = await findPayment(options, payment.id)
  const standing = now && dlocalStanding(now, asked)
  if (!standing || standing.outcome === 'requires_action') throw undecided(payment)
  return standing
}

function undecided({ id }: DlocalPayment): ProviderUnreachable {
  return new ProviderUnreachable(`dLocal has not decided about ${id} yet.`)
}

function refused(code: string, message: string): KnownResult {
  return { outcome: 'declined', reference: null, code, message }
}
