import type Stripe from 'stripe'
import type { ChargeRequest } from '#payments/provider.ts'
import { fromStripeAmount, toStripeAmount } from '#payments/providers/stripe/amounts.ts'
import type { Intent, StripeMethod } from '#payments/providers/stripe/standing.ts'
import { readToken } from '#payments/providers/stripe/token.ts'

type Options = Stripe.RequestOptions
/** The calls that charges and set-ups have in common at Stripe. */
export type Intents = {
  create(request: ChargeRequest, options: Options): Promise<Intent>
  /** Under the same key as `create`, but without asking for anything. */
  createIdle(request: ChargeRequest, options: Options): Promise<Intent>
  retrieve(id: string): Promise<Intent>
  cancel(id: string): Promise<Intent>
  /** Newest first. */
  listOf(customer: string): AsyncIterable<Intent>
}

const expand = ['payment_method']
const pageSize = 100

/** PaymentIntents: requests for money. */
export function paymentIntents(stripe: Stripe): Intents {
  const paramsOf = (request: ChargeRequest) => ({
    // Whoever asks has made sure that it can be said.
    amount: toStripeAmount(request.amount, request.currency) ?? 0,
    currency: request.currency,
    ...commonParams(request),
  })
  return {
    create: async (request, options) =>
      ofPayment(
        await stripe.paymentIntents.create(
          {
            ...paramsOf(request),
            ...sourceOf(request),
            confirm: true,
            ...(request.offSession
              ? { off_session: true }
              : { setup_future_usage: 'off_session', use_stripe_sdk: true }),
            expand,
          },
          options,
        ),
      ),
    createIdle: async (request, options) =>
      ofPayment(await stripe.paymentIntents.create({ ...paramsOf(request), expand }, options)),
    retrieve: async (id) => ofPayment(await stripe.paymentIntents.retrieve(id, { expand })),
    cancel: async (id) => ofPayment(await stripe.paymentIntents.cancel(id, { expand })),
    async *listOf(customer) {
      const list = stripe.paymentIntents.list({ customer, limit: pageSize, expand: ['data.payment_method'] })
      for await (const intent of list) yield ofPayment(intent)
    },
  }
}

/** SetupIntents: requests to keep a card. */
export function setupIntents(stripe: Stripe): Intents {
  return {
    create: async (request, options) =>
      ofSetup(
        await stripe.setupIntents.create(
          {
            ...commonParams(request),
            ...sourceOf(request),
            confirm: true,
            usage: 'off_session',
            use_stripe_sdk: true,
            expand,
          },
          options,
        ),
      ),
    createIdle: async (request, options) =>
      ofSetup(await stripe.setupIntents.create({ ...commonParams(request), expand }, options)),
    retrieve: async (id) => ofSetup(await stripe.setupIntents.retrieve(id, { expand })),
    cancel: async (id) => ofSetup(await stripe.setupIntents.cancel(id, { expand })),
    async *listOf(customer) {
      const list = stripe.setupIntents.list({ customer, limit: pageSize, expand: ['data.payment_method'] })
      for await (const intent of list) yield ofSetup(intent)
    },
  }
}

type Common = 'customer' | 'description' | 'metadata' | 'allowed_payment_method_types'

// With a type of Stripe's: it refuses parameters it does not know any more, and a spread would hide them from the compiler.
function commonParams({
  token,
  description,
  metadata,
}: ChargeRequest): Pick<Stripe.PaymentIntentCreateParams, Common> & Pick<Stripe.SetupIntentCreateParams, Common> {
  const customer = readToken(token)?.customer
  return {
    ...(customer === undefined ? {} : { customer }),
    description,
    metadata: { ...metadata },
    allowed_payment_method_types: ['card'],
  }
}

function sourceOf({ token }: ChargeRequest): { confirmation_token?: string; payment_method?: string } {
  const source = readToken(token)?.source ?? ''
  return source.startsWith('ctoken_') ? { confirmation_token: source } : { payment_method: source }
}

function ofPayment(intent: Stripe.PaymentIntent): Intent {
  return {
    id: intent.id,
    status: intent.status,
    clientSecret: intent.client_secret,
    customer: idOf(intent.customer),
    amountReceived: fromStripeAmount(intent.amount_received, intent.currency),
    currency: intent.currency,
    method: methodOf(intent.payment_method),
    lastError: intent.last_payment_error,
    transaction: intent.metadata.transaction,
  }
}

function ofSetup(intent: Stripe.SetupIntent): Intent {
  return {
    id: intent.id,
    status: intent.status,
    clientSecret: intent.client_secret,
    customer: idOf(intent.customer),
    amountReceived: null,
    currency: null,
    method: methodOf(intent.payment_method),
    lastError: intent.last_setup_error,
    transaction: intent.metadata?.transaction,
  }
}

function idOf(customer: string | { readonly id: string } | null): string | null {
  return typeof customer === 'string' ? customer : (customer?.id ?? null)
}

function methodOf(method: string | Stripe.PaymentMethod | null): StripeMethod | null {
  if (method === null || typeof method === 'string') return null
  return { id: method.id, card: method.card ?? null }
}
