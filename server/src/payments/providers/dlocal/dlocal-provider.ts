import assert from 'node:assert/strict'
import { assertOutsideTransaction } from '#database/transaction.ts'
import type { Mode } from '#organisations/org.ts'
import type { DlocalCredentials } from '#payments/credentials.ts'
import {
  type ChargeRequest,
  type ChargeResult,
  type KnownResult,
  type Payer,
  type PaymentProvider,
  type PrepareResult,
  ProviderUnreachable,
  type RefundRequest,
  type RefundResult,
} from '#payments/provider.ts'
import {
  type DlocalPayment,
  dlocalStanding,
  dlocalTokenText,
  majorUnits,
  readDlocalToken,
} from '#payments/providers/dlocal/dlocal-payment.ts'
import { dlocalSignature } from '#payments/providers/dlocal/signature.ts'

export type DlocalOptions = DlocalCredentials & {
  readonly mode: Mode
  /** Another address than dLocal's own, for tests. */
  readonly address?: string | undefined
  /** Where dLocal tells of changes, and where it sends customers back to: this address and the attempt's id behind it. */
  readonly notificationUrl: string
  readonly returnUrl: string
  readonly machineNow: () => Temporal.Instant
  readonly timeoutMs?: number
}

const answerWithinMs = 20_000
const hosts = { live: 'https://api.dlocal.com', sandbox: 'https://sandbox.dlocal.com' } as const

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
      return decided(payment, dlocalStanding(payment, { token, offSession: isStored(token) }))
    },
    withdraw: (request) => {
      assertOutsideTransaction()
      return withdraw(options, request)
    },
    refund: (request) => refund(options, request),
    abandon: (reference) => abandon(options, reference),
  }
}

function prepare({ country, taxDocument, email }: Payer): PrepareResult {
  if (country === null) return { ok: false, field: 'address.country', message: 'Choose a country.' }
  if (taxDocument === null || taxDocument.includes('|'))
    return { ok: false, field: 'taxDocument', message: 'Enter your tax or identity number: the bank asks for it.' }
  assert(email !== '', 'a customer has an e-mail address')
  return { ok: true, token: dlocalTokenText({ country, document: taxDocument, card: 'page' }) }
}

const isStored = (token: string): boolean => readDlocalToken(token)?.card !== 'page'

async function charge(options: DlocalOptions, request: ChargeRequest): Promise<KnownResult> {
  const token = readDlocalToken(request.token)
  assert(token, 'a charge at dLocal has a token of dLocal')
  const amount = majorUnits(request.amount, request.currency)
  if (request.kind === 'setup')
    return refused('provider_unsupported', 'dLocal keeps a card only with a payment: nothing is due here to pay.')
  if (amount === null) return refused('processing_error', 'The amount is too large for the payment provider.')
  // An order's id is not unique at dLocal: whoever asks twice looks first.
  const earlier = await findOrder(options, request.idempotencyKey)
  if (earlier) return decided(earlier, dlocalStanding(earlier, request))
  const answer = await send(options, 'POST', '/payments', paymentOf(options, request, token, amount), {
    'x-idempotency-key': request.idempotencyKey,
  })
  if (answer.status === 401 || answer.status === 403)
    return refused('provider_unavailable', 'The payment provider does not accept the keys of this connection.')
  if (answer.status >= 400) return refused('processing_error', 'The payment provider refused this payment.')
  return decided(answer.body, dlocalStanding(answer.body, request))
}

function paymentOf(
  options: DlocalOptions,
  { idempotencyKey, currency, description, payer, offSession }: ChargeRequest,
  { country, document, card }: { readonly country: string; readonly document: string; readonly card: string },
  amount: number,
) {
  const stored = { card_id: card, stored_credential_type: 'SUBSCRIPTION', stored_credential_usage: 'USED' }
  return {
    amount,
    currency: currency.toUpperCase(),
    country,
    payment_method_id: 'CARD',
    payment_method_flow: card === 'page' ? 'REDIRECT' : 'DIRECT',
    payer: { name: payer.name ?? payer.email, email: payer.email, document },
    card: card === 'page' ? { save: true } : offSession ? stored : { card_id: card },
    order_id: idempotencyKey,
    description,
    notification_url: options.notificationUrl,
    callback_url: `${options.returnUrl}?attempt=${idempotencyKey}`,
  }
}

/**
 * A payment that never arrived cannot be paid: only its answer had the address of the page to pay on, and nobody has that. One
 * that arrived is canceled.
 */
async function withdraw(options: DlocalOptions, request: ChargeRequest): Promise<KnownResult> {
  const payment = await findOrder(options, request.idempotencyKey)
  if (!payment) return refused('processing_error', 'The payment could not be processed.')
  const standing = dlocalStanding(payment, request)
  if (standing && standing.outcome !== 'requires_action') return standing
  const ended = await end(options, payment, request)
  if (ended.outcome === 'not_found') throw new ProviderUnreachable('dLocal does not know its own payment.')
  return ended
}

async function abandon(options: DlocalOptions, reference: string): Promise<ChargeResult> {
  const { status, body } = await send(options, 'GET', `/payments/${encodeURIComponent(reference)}`)
  if (status === 404) return { outcome: 'not_found' }
  const asked = { token: '', offSession: false }
  const standing = dlocalStanding(body, asked)
  return standing && standing.outcome !== 'requires_action' ? standing : end(options, body, asked)
}

// A pending refund was taken on: it reaches the customer in some days.
async function refund(options: DlocalOptions, request: RefundRequest): Promise<RefundResult> {
  assertOutsideTransaction()
  const { idempotencyKey, chargeReference, amount, currency } = request
  const body = {
    payment_id: chargeReference,
    amount: majorUnits(amount, currency),
    currency: currency.toUpperCase(),
    notification_url: options.notificationUrl,
  }
  const answer = await send(options, 'POST', '/refunds', body, { 'x-idempotency-key': idempotencyKey })
  const isTaken = answer.status < 400 && (answer.body.status === 'SUCCESS' || answer.body.status === 'PENDING')
  if (isTaken) return { outcome: 'succeeded', reference: answer.body.id }
  return { outcome: 'failed', code: 'refund_refused', message: 'The payment provider refused the refund.' }
}

async function end(
  options: DlocalOptions,
  payment: DlocalPayment,
  asked: Parameters<typeof dlocalStanding>[1],
): Promise<ChargeResult> {
  const path = `/payments/${encodeURIComponent(payment.id)}`
  await send(options, 'POST', `${path}/cancel`, {})
  // Canceled or paid at the last moment: what it says now is what counts.
  const { body } = await send(options, 'GET', path)
  const standing = dlocalStanding(body, asked)
  if (!standing || standing.outcome === 'requires_action') throw undecided(payment)
  return standing
}

async function findOrder(options: DlocalOptions, orderId: string): Promise<DlocalPayment | undefined> {
  const { status, body } = await send(options, 'GET', `/orders/${encodeURIComponent(orderId)}`)
  if (status === 404) return undefined
  if (status >= 400) throw new ProviderUnreachable(`dLocal answered ${status} to a question about an order.`)
  // An order names its payment; the payment itself has the card.
  const id = (body as { payment_id?: string }).payment_id ?? body.id
  const payment = await send(options, 'GET', `/payments/${encodeURIComponent(id)}`)
  return payment.status === 404 ? undefined : payment.body
}

type Sent = { readonly status: number; readonly body: DlocalPayment }

async function send(
  { login, transKey, secretKey, address, mode, machineNow, timeoutMs = answerWithinMs }: DlocalOptions,
  method: 'GET' | 'POST',
  path: string,
  payload?: unknown,
  more: Readonly<Record<string, string>> = {},
): Promise<Sent> {
  const body = payload === undefined ? '' : JSON.stringify(payload)
  const date = machineNow().toString({ smallestUnit: 'millisecond' })
  try {
    const response = await fetch((address ?? hosts[mode]) + path, {
      method,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        'x-date': date,
        'x-login': login,
        'x-trans-key': transKey,
        'x-version': '2.1',
        'user-agent': 'Halley',
        'content-type': 'application/json',
        authorization: dlocalSignature(secretKey, login, date, body),
        ...more,
      },
      ...(body === '' ? {} : { body }),
    })
    const answered = (await response.json()) as DlocalPayment
    if (response.status >= 500 || response.status === 429)
      throw new ProviderUnreachable(`dLocal answered ${response.status}.`)
    return { status: response.status, body: answered }
  } catch (error) {
    if (error instanceof ProviderUnreachable) throw error
    throw new ProviderUnreachable('dLocal did not answer.', { cause: error })
  }
}

function decided(payment: DlocalPayment, standing: KnownResult | undefined): KnownResult {
  if (standing) return standing
  throw undecided(payment)
}

function undecided({ id }: DlocalPayment): ProviderUnreachable {
  return new ProviderUnreachable(`dLocal has not decided about ${id} yet.`)
}

function refused(code: string, message: string): KnownResult {
  return { outcome: 'declined', reference: null, code, message }
}
