import assert from 'node:assert/strict'
import Stripe from 'stripe'
import { assertOutsideTransaction } from '#database/transaction.ts'
import type { Mode } from '#organisations/org.ts'
import {
  type Card,
  type ChargeRequest,
  type ChargeResult,
  type KnownResult,
  type Payer,
  type PaymentProvider,
  type PrepareResult,
  type ProviderEvent,
  ProviderUnreachable,
  type RefundRequest,
  type RefundResult,
} from '#payments/provider.ts'
import { fromStripeAmount, toStripeAmount } from '#payments/providers/stripe/amounts.ts'
import { type Intents, paymentIntents, setupIntents } from '#payments/providers/stripe/intents.ts'
import { stripePayouts } from '#payments/providers/stripe/payouts.ts'
import { areKeysRefused, isMismatch, knownOnly, refusedOr } from '#payments/providers/stripe/refusals.ts'
import { cardOf, declineOf, type Intent, isOf, standingOf } from '#payments/providers/stripe/standing.ts'
import { stripeTax } from '#payments/providers/stripe/stripe-tax.ts'
import { isConfirmationToken, readToken, tokenText } from '#payments/providers/stripe/token.ts'
import { unreachable } from '#payments/providers/stripe/unreachable.ts'

export type StripeOptions = {
  readonly secretKey: string
  readonly mode: Mode
  /** Another address than Stripe's own, for tests. */
  readonly address?: string | undefined
  /** How long one call may take; below the 25 seconds of the port. */
  readonly timeoutMs?: number
}

const answerWithinMs = 20_000

/** The official client, never repeating a call by itself: the sweeper asks how it went. */
export function stripeClient({ secretKey, address, timeoutMs = answerWithinMs }: StripeOptions): Stripe {
  const url = address === undefined ? undefined : new URL(address)
  return new Stripe(secretKey, {
    maxNetworkRetries: 0,
    timeout: timeoutMs,
    telemetry: false,
    ...(url
      ? {
          host: url.hostname,
          port: url.port,
          protocol: url.protocol === 'http:' ? ('http' as const) : ('https' as const),
        }
      : {}),
  })
}

/**
 * Stripe behind the port. A charge is a PaymentIntent that is created and confirmed in one call under the attempt's key; what
 * is not known for certain is found again by its customer and metadata, which hold longer than Stripe remembers keys.
 */
export function stripeProvider(options: StripeOptions): PaymentProvider {
  const stripe = stripeClient(options)
  const payments = paymentIntents(stripe)
  const setups = setupIntents(stripe)
  const intentsOf = ({ kind }: Pick<ChargeRequest, 'kind'>) => (kind === 'charge' ? payments : setups)
  return {
    name: 'stripe',
    modes: [options.mode],
    vault: async () => ({
      ok: false,
      code: 'card_not_taken',
      field: 'number',
      message: 'Card numbers are not taken here. Use the fields of the payment provider.',
    }),
    prepare: (given, payer) => prepare(stripe, given, payer),
    charge: (request) => {
      assertOutsideTransaction()
      return charge(intentsOf(request), request)
    },
    find: (key, asked) => find(intentsOf(asked), key, asked.token),
    withdraw: (request) => {
      assertOutsideTransaction()
      return withdraw(intentsOf(request), request)
    },
    refund: (request) => refund(stripe, request),
    listCharges: (organisationId, mode) => listCharges(stripe, organisationId, mode),
    acceptsKeys: () => acceptsKeys(stripe),
    findCard: (reference) => findCard(stripe, reference),
    findDispute: (reference) => findDispute(stripe, reference),
    payouts: stripePayouts(stripe),
    tax: stripeTax(stripe, options.timeoutMs),
    abandon: (reference) => abandon(reference.startsWith('seti_') ? setups : payments, reference),
  }
}

async function prepare(stripe: Stripe, given: string | undefined, payer: Payer): Promise<PrepareResult> {
  if (given === undefined || !isConfirmationToken(given))
    return { ok: false, field: 'paymentToken', message: 'Enter a card in the fields of the payment provider.' }
  const known = payer.knownToken === null ? undefined : readToken(payer.knownToken)?.customer
  const customer = known ?? (await createCustomer(stripe, payer))
  return { ok: true, token: tokenText({ customer, source: given }) }
}

// The same key for the same customer: two pages at once make one. Should details have changed, a new one is no harm.
async function createCustomer(stripe: Stripe, { customerId, email, name }: Payer): Promise<string> {
  const params = { email, ...(name === null ? {} : { name }), metadata: { customer: customerId } }
  try {
    const idempotencyKey = `customer-${customerId}-${fingerprint(JSON.stringify(params))}`
    return (await stripe.customers.create(params, { idempotencyKey })).id
  } catch (error) {
    throw unreachable(error) ?? error
  }
}

// Enough to tell details apart; no secret rests on it.
function fingerprint(text: string): string {
  let hash = 0
  for (const char of text) hash = (Math.imul(hash, 31) + (char.codePointAt(0) ?? 0)) >>> 0
  return hash.toString(36)
}

async function charge(intents: Intents, request: ChargeRequest): Promise<KnownResult> {
  const token = readToken(request.token)
  assert(token, 'a charge at Stripe has a token of Stripe')
  if (toStripeAmount(request.amount, request.currency) === null)
    return declineOf(null, { code: 'processing_error', message: 'The payment provider cannot charge this amount.' })
  try {
    const first = await intents.create(request, { idempotencyKey: request.idempotencyKey })
    // The same key gives the first answer again, which may be long out of date.
    return await settled(intents, await intents.retrieve(first.id), request)
  } catch (error) {
    if (error instanceof Stripe.errors.StripeCardError) return declined(intents, request, error)
    if (isMismatch(error)) return knownOnly(await find(intents, request.idempotencyKey, request.token, request), error)
    return refusedOr(error)
  }
}

// The intent stays open after a decline; only once it is canceled can nothing be booked on it any more.
async function declined(
  intents: Intents,
  request: ChargeRequest,
  error: InstanceType<typeof Stripe.errors.StripeCardError>,
) {
  const id = error.payment_intent?.id ?? error.setup_intent?.id
  const reason = { code: error.code, decline_code: error.decline_code, message: error.message }
  if (id === undefined) return declineOf(null, reason)
  const ended = await endOpen(intents, id, request)
  return ended.outcome === 'declined' ? declineOf(id, reason) : ended
}

async function settled(
  intents: Intents,
  intent: Intent,
  asked?: Pick<ChargeRequest, 'amount' | 'currency' | 'kind' | 'offSession'>,
): Promise<KnownResult> {
  const standing = standingOf(intent, asked)
  if (standing.kind === 'undecided') throw new ProviderUnreachable(`Stripe has not decided about ${intent.id} yet.`)
  if (standing.kind === 'open') return endOpen(intents, intent.id, asked, standing.result)
  // Nobody is there to authenticate: the request is over.
  if (standing.result.outcome === 'requires_action' && asked?.offSession) {
    const message = 'The bank asks the customer to confirm this payment.'
    return endOpen(intents, intent.id, asked, declineOf(intent.id, { code: 'authentication_required', message }))
  }
  return standing.result
}

async function endOpen(
  intents: Intents,
  id: string,
  asked?: Pick<ChargeRequest, 'amount' | 'currency' | 'kind'>,
  result?: KnownResult,
): Promise<KnownResult> {
  try {
    const canceled = standingOf(await intents.cancel(id), asked)
    return result ?? (canceled.kind === 'known' ? canceled.result : declineOf(id, null))
  } catch (error) {
    const lost = unreachable(error)
    if (lost) throw lost
    // It cannot be canceled because it has ended meanwhile, one way or the other.
    const now = standingOf(await retrieved(intents, id), asked)
    if (now.kind === 'known') return now.result.outcome === 'declined' && result ? result : now.result
    throw new ProviderUnreachable(`Stripe has not decided about ${id} yet.`)
  }
}

async function retrieved(intents: Intents, id: string): Promise<Intent> {
  try {
    return await intents.retrieve(id)
  } catch (error) {
    throw unreachable(error) ?? error
  }
}

async function find(
  intents: Intents,
  key: string,
  token: string,
  asked?: Pick<ChargeRequest, 'amount' | 'currency' | 'kind' | 'offSession'>,
): Promise<ChargeResult> {
  const customer = readToken(token)?.customer
  if (customer === undefined) return { outcome: 'not_found' }
  try {
    for await (const intent of intents.listOf(customer)) {
      if (isOf(intent, key, token)) return await settled(intents, intent, asked)
    }
    return { outcome: 'not_found' }
  } catch (error) {
    throw unreachable(error) ?? error
  }
}

/**
 * Takes the key: an idle request under it makes Stripe refuse the real one, should it still come in. Where the real one came
 * first, Stripe tells the two apart, and how that one stands is the answer.
 */
async function withdraw(intents: Intents, request: ChargeRequest): Promise<KnownResult> {
  try {
    const idle = await intents.createIdle(request, { idempotencyKey: request.idempotencyKey })
    const message = 'The payment could not be processed.'
    return await endOpen(intents, idle.id, request, declineOf(idle.id, { code: 'processing_error', message }))
  } catch (error) {
    if (isMismatch(error) || error instanceof Stripe.errors.StripeCardError)
      return knownOnly(await find(intents, request.idempotencyKey, request.token, request), error)
    return refusedOr(error)
  }
}

async function abandon(intents: Intents, reference: string): Promise<ChargeResult> {
  try {
    const standing = standingOf(await intents.retrieve(reference))
    if (standing.kind === 'known' && standing.result.outcome !== 'requires_action') return standing.result
    return await endOpen(intents, reference)
  } catch (error) {
    throw unreachable(error) ?? error
  }
}

// Looked for first: Stripe forgets keys after a day, and what it gave back never.
async function refund(stripe: Stripe, request: RefundRequest): Promise<RefundResult> {
  assertOutsideTransaction()
  const { idempotencyKey, chargeReference, amount, currency, metadata } = request
  try {
    const earlier = await stripe.refunds.list({ payment_intent: chargeReference, limit: 100 })
    const known = earlier.data.find((one) => one.metadata?.refund === idempotencyKey && one.status !== 'failed')
    if (known) return refundResultOf(known)
    const stripeAmount = toStripeAmount(amount, currency) ?? 0
    return refundResultOf(
      await stripe.refunds.create(
        { payment_intent: chargeReference, amount: stripeAmount, metadata: { ...metadata } },
        { idempotencyKey },
      ),
    )
  } catch (error) {
    const lost = unreachable(error)
    if (lost) throw lost
    if (error instanceof Stripe.errors.StripeError && !(error instanceof Stripe.errors.StripeIdempotencyError))
      return {
        outcome: 'failed',
        code: error.code ?? 'refund_refused',
        message: 'The payment provider refused the refund.',
      }
    throw error
  }
}

async function listCharges(stripe: Stripe, organisationId: string, mode: Mode) {
  const found: { transaction: string; amount: bigint; currency: string }[] = []
  try {
    for await (const { status, metadata, amount_received: amount, currency } of stripe.paymentIntents.list({
      limit: 100,
    })) {
      const isOurs = metadata.organisation === organisationId && metadata.mode === mode
      if (status === 'succeeded' && isOurs && metadata.transaction !== undefined)
        found.push({ transaction: metadata.transaction, amount: fromStripeAmount(amount, currency), currency })
    }
    return found
  } catch (error) {
    if (areKeysRefused(error))
      throw new ProviderUnreachable('Stripe does not accept the keys of this connection.', { cause: error })
    throw unreachable(error) ?? error
  }
}

// The right that everything else needs: a restricted key that may not even look is no good.
async function acceptsKeys(stripe: Stripe): Promise<boolean> {
  try {
    await stripe.paymentIntents.list({ limit: 1 })
    return true
  } catch (error) {
    if (areKeysRefused(error)) return false
    throw unreachable(error) ?? error
  }
}

// A pending refund was taken on: it reaches the customer in some days.
function refundResultOf({ id, status, failure_reason: reason }: Stripe.Refund): RefundResult {
  if (status !== 'failed' && status !== 'canceled') return { outcome: 'succeeded', reference: id }
  return { outcome: 'failed', code: reason ?? 'refund_failed', message: 'The refund did not reach the customer.' }
}

async function findCard(
  stripe: Stripe,
  reference: string,
): Promise<{ readonly token: string; readonly card: Card } | undefined> {
  try {
    const { id, customer, card } = await stripe.paymentMethods.retrieve(reference)
    const owner = typeof customer === 'string' ? customer : customer?.id
    if (owner === undefined || !card) return undefined
    return { token: tokenText({ customer: owner, source: id }), card: cardOf({ id, card }) }
  } catch (error) {
    if (error instanceof Stripe.errors.StripeInvalidRequestError) return undefined
    throw unreachable(error) ?? error
  }
}

async function findDispute(
  stripe: Stripe,
  reference: string,
): Promise<Pick<ProviderEvent, 'charge' | 'dispute'> | undefined> {
  try {
    const found = await stripe.disputes.retrieve(reference, { expand: ['payment_intent'] })
    const { payment_intent: intent, status, amount, currency, reason } = found
    // A warning is a question of the bank: no money was taken.
    if (intent === null || typeof intent === 'string' || status.startsWith('warning_')) return undefined
    const { organisation, mode, transaction } = intent.metadata
    if (organisation === undefined || transaction === undefined || (mode !== 'live' && mode !== 'sandbox'))
      return undefined
    const outcome = status === 'won' ? 'won' : status === 'lost' ? 'lost' : null
    return {
      charge: { organisationId: organisation, mode, transactionId: transaction },
      dispute: { reference, amount: fromStripeAmount(amount, currency), currency, reason, outcome },
    }
  } catch (error) {
    throw unreachable(error) ?? error
  }
}
