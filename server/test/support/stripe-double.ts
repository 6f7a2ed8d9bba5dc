import { createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { StripePayoutsDouble } from './stripe-payouts-double.ts'
import { StripeTaxDouble } from './stripe-tax-double.ts'

/** What the double does to the next request that creates an intent. `null`: answers. */
export type StripeFault = 'drop_before' | 'drop_after' | 'slow' | 'hang' | 'fail_500' | null

type Params = Record<string, string>
type IntentState = 'succeeded' | 'requires_action' | 'requires_payment_method' | 'canceled'
export type DoubleIntent = {
  id: string
  object: 'payment_intent' | 'setup_intent'
  amount: number
  amount_received: number
  currency: string
  customer: string | null
  status: IntentState
  client_secret: string
  payment_method: string | null
  metadata: Params
  last_error: { type: string; code: string; decline_code?: string; message: string } | null
  created: number
}

type Sent = { status: number; body: unknown }
type Card = { brand: string; last4: string; exp_month: number; exp_year: number; country: string }

/**
 * Stripe as its API description has it, as far as Halley uses it: customers, intents with idempotency keys, cancelling,
 * listing, tax calculations, and signed notifications. What a card does is written in its token: `ctoken_visa`, `ctoken_declined`,
 * `ctoken_nofunds`, `ctoken_3ds`, `ctoken_later` (declined when nobody is there).
 */
export class StripeDouble {
  readonly url: string
  /** Everything that was booked, as Stripe's own books. */
  readonly intents = new Map<string, DoubleIntent>()
  readonly refunds: { id: string; payment_intent: string; amount: number; status: string; metadata: Params }[] = []
  readonly disputes = new Map<
    string,
    { id: string; payment_intent: string; amount: number; currency: string; status: string }
  >()
  readonly customers = new Map<string, { id: string; email: string; metadata: Params }>()
  /** Applied to creations of intents, in this order, then none. */
  faults: StripeFault[] = []
  /** What is done to the creation of an intent for a transaction; may take its time before it says so. */
  faultFor: (transaction: string | undefined) => StripeFault | Promise<StripeFault> = () => this.faults.shift() ?? null
  /** How long a slow answer takes, after everything is booked. */
  slowMs = 500
  /** Told of everything that is booked, before anybody is answered. */
  onBooked: (intent: DoubleIntent) => void = () => undefined
  /** Answers nobody, and does nothing. */
  isMute = false
  /** What Stripe Tax does with every calculation while this is set. */
  taxFault: StripeFault = null
  readonly tax = new StripeTaxDouble()
  /** Every body that was sent here, to look for what must not be in it. */
  readonly bodies: string[] = []
  /** The versions of the API that were asked for. */
  readonly versions = new Set<string>()
  readonly secretKey: string
  readonly publishableKey: string
  readonly webhookSecret = 'whsec_double12345678'
  readonly #server: ReturnType<typeof createServer>
  readonly #methods = new Map<string, { id: string; card: Card; behaviour: string }>()
  /** Keys of requests that are not answered yet. */
  readonly #inUse = new Set<string>()
  readonly #keys = new Map<string, { path: string; body: string; sent: Sent }>()
  readonly #livemode: boolean
  #count = 0
  readonly payingOut = new StripePayoutsDouble((kind) => `${kind}_double${++this.#count}`)

  private constructor(server: ReturnType<typeof createServer>, mode: 'test' | 'live') {
    this.#server = server
    this.#livemode = mode === 'live'
    this.secretKey = `sk_${mode}_double12345678`
    this.publishableKey = `pk_${mode}_double12345678`
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    server.on('request', (request, response) => void this.#serve(request, response))
  }

  static async start(mode: 'test' | 'live' = 'test'): Promise<StripeDouble> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new StripeDouble(server, mode)
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  /** What was really charged, in minor units. */
  charged(): { transaction: string | undefined; amount: number }[] {
    return [...this.intents.values()]
      .filter(({ object, status }) => object === 'payment_intent' && status === 'succeeded')
      .map(({ metadata, amount }) => ({ transaction: metadata.transaction, amount }))
  }

  intentOf(transaction: string): DoubleIntent {
    const found = [...this.intents.values()].find(({ metadata }) => metadata.transaction === transaction)
    if (!found) throw new Error(`Stripe knows nothing of ${transaction}`)
    return found
  }

  /** The customer's answer to their bank, given to Stripe's script. */
  authenticate(transaction: string, answer: 'approve' | 'fail'): void {
    const intent = this.intentOf(transaction)
    if (intent.status !== 'requires_action') return
    if (answer === 'approve') this.#book(intent)
    else {
      intent.status = 'requires_payment_method'
      const code = `${intent.object}_authentication_failure`
      intent.last_error = { type: 'card_error', code, message: 'The authentication failed.' }
    }
  }

  /** A notification as Stripe signs it, ready to be posted. */
  notification(type: string, transaction: string, changes: { id?: string; secret?: string; at?: number } = {}) {
    return this.#signed(type, this.#shown(this.intentOf(transaction)), changes)
  }

  #signed(type: string, object: unknown, changes: { id?: string; secret?: string; at?: number } = {}) {
    const id = changes.id ?? `evt_${++this.#count}`
    const body = JSON.stringify({ id, object: 'event', type, livemode: this.#livemode, data: { object } })
    const at = changes.at ?? Math.floor(Date.now() / 1000)
    const mac = createHmac('sha256', changes.secret ?? this.webhookSecret)
      .update(`${at}.${body}`)
      .digest('hex')
    return { body, headers: { 'content-type': 'application/json', 'stripe-signature': `t=${at},v1=${mac}` } }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    this.bodies.push(body)
    this.versions.add(String(request.headers['stripe-version']))
    const url = new URL(request.url ?? '', this.url)
    const isCreation = request.method === 'POST' && /^\/v1\/(payment_intents|setup_intents|payouts)$/.test(url.pathname)
    const isTax = url.pathname === '/v1/tax/calculations'
    const asked = metadataOf(new URLSearchParams(body)).transaction
    const fault = isTax ? this.taxFault : isCreation ? await this.faultFor(asked) : null
    if (this.isMute || fault === 'drop_before') return void request.socket.destroy()
    if (fault === 'fail_500') return reply(response, { status: 500, body: errorOf('api_error', 'Something broke.') })
    const sent = this.#authorised(request) ? this.#answer(request, url, body) : unauthorised
    if (fault === 'drop_after') return void request.socket.destroy()
    if (fault === 'slow') await this.#beSlow(request)
    if (fault !== 'hang') reply(response, sent)
  }

  async #beSlow({ headers }: IncomingMessage): Promise<void> {
    const key = String(headers['idempotency-key'])
    this.#inUse.add(key)
    await wait(this.slowMs)
    this.#inUse.delete(key)
  }

  #authorised({ headers }: IncomingMessage): boolean {
    return headers.authorization === `Bearer ${this.secretKey}`
  }

  #answer(request: IncomingMessage, url: URL, body: string): Sent {
    const key = request.headers['idempotency-key']
    const path = `${request.method} ${url.pathname}`
    if (typeof key !== 'string') return this.#act(request.method ?? '', url, new URLSearchParams(body))
    if (this.#inUse.has(key)) return keyInUse
    const known = this.#keys.get(key)
    if (known && (known.path !== path || known.body !== body)) {
      const message = 'Keys for idempotent requests can only be used with the same parameters.'
      return { status: 400, body: errorOf('idempotency_error', message) }
    }
    if (known) return known.sent
    const sent = this.#act(request.method ?? '', url, new URLSearchParams(body))
    if (sent.status < 500) this.#keys.set(key, { path, body, sent: structuredClone(sent) })
    return sent
  }

  #act(method: string, url: URL, params: URLSearchParams): Sent {
    const [, , resource = '', id, verb] = url.pathname.split('/')
    const given = method === 'GET' ? url.searchParams : params
    const paid = this.payingOut.act(method, url.pathname.split('/').slice(2), given, metadataOf(params))
    if (paid) return paid
    if (resource === 'refunds') return method === 'POST' ? this.#refund(params) : this.#listRefunds(url.searchParams)
    if (url.pathname === '/v1/tax/calculations') return this.tax.calculate(params)
    if (resource === 'disputes') return this.#dispute(id ?? '')
    if (resource === 'payment_methods') return this.#method(id ?? '')
    if (resource === 'customers' && method === 'POST') return this.#createCustomer(params)
    if (resource !== 'payment_intents' && resource !== 'setup_intents') return missing(url.pathname)
    const object = resource === 'payment_intents' ? 'payment_intent' : 'setup_intent'
    if (method === 'POST' && id === undefined) return this.#create(object, params)
    if (method === 'GET' && id === undefined) return this.#list(object, url.searchParams)
    const intent = this.intents.get(id ?? '')
    if (intent?.object !== object) return missing(id ?? '')
    if (method === 'POST' && verb === 'cancel') return this.#cancel(intent)
    return { status: 200, body: this.#shown(intent) }
  }

  #refund(params: URLSearchParams): Sent {
    const intent = this.intents.get(params.get('payment_intent') ?? '')
    if (intent?.status !== 'succeeded') return missing(params.get('payment_intent') ?? '')
    if (this.refunds.some(({ payment_intent }) => payment_intent === intent.id)) {
      const error = { type: 'invalid_request_error', code: 'charge_already_refunded', message: 'Already refunded.' }
      return { status: 400, body: { error } }
    }
    const id = `re_double${++this.#count}`
    const amount = Number(params.get('amount') ?? intent.amount)
    const refund = {
      id,
      object: 'refund',
      payment_intent: intent.id,
      amount,
      status: 'succeeded',
      metadata: metadataOf(params),
    }
    this.refunds.push(refund)
    return { status: 200, body: refund }
  }

  #listRefunds(query: URLSearchParams): Sent {
    const data = this.refunds.filter(({ payment_intent }) => payment_intent === query.get('payment_intent'))
    return { status: 200, body: { object: 'list', has_more: false, data } }
  }

  /** A bank asks a charge back; Stripe's notifications name the dispute. */
  disputeCharge(transaction: string, status = 'needs_response'): string {
    const intent = this.intentOf(transaction)
    const id = `dp_double_${transaction}`
    this.disputes.set(id, { id, payment_intent: intent.id, amount: intent.amount, currency: intent.currency, status })
    return id
  }

  disputeNotification(type: string, disputeId: string) {
    return this.#signed(type, { id: disputeId, object: 'dispute', metadata: {} })
  }

  /** What happens to idempotency keys after a day. */
  forgetKeys(): void {
    this.#keys.clear()
  }

  /** A notification about a payout, or that something of the balance became available. */
  payoutNotification(type: string, object: unknown = { object: 'balance' }, changes: { id?: string } = {}) {
    return this.#signed(type, object, changes)
  }

  #dispute(id: string): Sent {
    const found = this.disputes.get(id)
    const intent = found && this.intents.get(found.payment_intent)
    if (!found || !intent) return missing(id)
    return {
      status: 200,
      body: { ...found, object: 'dispute', reason: 'fraudulent', payment_intent: this.#shown(intent) },
    }
  }

  #createCustomer(params: URLSearchParams): Sent {
    const id = `cus_double${++this.#count}`
    const customer = { id, object: 'customer', email: params.get('email') ?? '', metadata: metadataOf(params) }
    this.customers.set(id, customer)
    return { status: 200, body: customer }
  }

  #create(object: DoubleIntent['object'], params: URLSearchParams): Sent {
    const unknown = [...params.keys()].find((name) => !knownParams.has(name.replace(/\[.*/, '')))
    if (unknown !== undefined)
      return { status: 400, body: errorOf('invalid_request_error', `Received unknown parameter: ${unknown}`) }
    const customer = params.get('customer')
    if (customer !== null && !this.customers.has(customer)) return missing(customer)
    const id = `${object === 'payment_intent' ? 'pi' : 'seti'}_double${++this.#count}`
    const intent: DoubleIntent = {
      id,
      object,
      amount: Number(params.get('amount') ?? 0),
      amount_received: 0,
      currency: params.get('currency') ?? '',
      customer,
      status: 'requires_payment_method',
      client_secret: `${id}_secret_${randomBytes(6).toString('hex')}`,
      payment_method: null,
      metadata: metadataOf(params),
      last_error: null,
      created: Math.floor(Date.now() / 1000),
    }
    const confirms = params.get('confirm') === 'true'
    const method = confirms ? this.#methodOf(params) : undefined
    if (confirms && !method) return missing(params.get('payment_method') ?? params.get('confirmation_token') ?? '')
    this.intents.set(id, intent)
    if (!method) return { status: 200, body: this.#shown(intent) }
    intent.payment_method = method.id
    return this.#confirm(intent, method.behaviour, params.get('off_session') === 'true')
  }

  #method(id: string): Sent {
    const method = this.#methods.get(id)
    const intent = [...this.intents.values()].find(({ payment_method }) => payment_method === id)
    if (!method || !intent) return missing(id)
    const { card } = method
    return { status: 200, body: { id, object: 'payment_method', type: 'card', customer: intent.customer, card } }
  }

  /** The bank has given the card of a transaction another date; the notification of it. */
  renewCard(transaction: string, expires: { readonly exp_month: number; readonly exp_year: number }) {
    const id = this.intentOf(transaction).payment_method ?? ''
    const method = this.#methods.get(id)
    if (!method) throw new Error(`${transaction} was paid with a card`)
    this.#methods.set(id, { ...method, card: { ...method.card, ...expires } })
    return this.#signed('payment_method.automatically_updated', { id, object: 'payment_method' })
  }

  #methodOf(params: URLSearchParams) {
    const stored = params.get('payment_method')
    if (stored !== null) return this.#methods.get(stored)
    const behaviour = /^ctoken_([a-z0-9]+)/.exec(params.get('confirmation_token') ?? '')?.[1]
    if (behaviour === undefined) return undefined
    const id = `pm_double${++this.#count}`
    const card = {
      brand: 'visa',
      last4: behaviour === '3ds' ? '3220' : '4242',
      exp_month: 12,
      exp_year: 2044,
      country: 'US',
    }
    const method = { id, card, behaviour }
    this.#methods.set(id, method)
    return method
  }

  #confirm(intent: DoubleIntent, behaviour: string, offSession: boolean): Sent {
    if (behaviour === 'declined') return this.#decline(intent, 'generic_decline')
    if (behaviour === 'nofunds') return this.#decline(intent, 'insufficient_funds')
    if (behaviour === 'later' && offSession) return this.#decline(intent, 'generic_decline')
    if (behaviour === '3ds' && offSession) return this.#decline(intent, 'authentication_required')
    if (behaviour === '3ds') intent.status = 'requires_action'
    else this.#book(intent)
    return { status: 200, body: this.#shown(intent) }
  }

  #book(intent: DoubleIntent): void {
    intent.status = 'succeeded'
    intent.amount_received = intent.amount
    this.onBooked(intent)
  }

  #decline(intent: DoubleIntent, decline_code: string): Sent {
    const code = decline_code === 'authentication_required' ? decline_code : 'card_declined'
    intent.last_error = { type: 'card_error', code, decline_code, message: 'Your card was declined.' }
    return { status: 402, body: { error: { ...intent.last_error, [intent.object]: this.#shown(intent) } } }
  }

  #cancel(intent: DoubleIntent): Sent {
    if (intent.status === 'succeeded' || intent.status === 'canceled') {
      const message = `You cannot cancel this intent because it has a status of ${intent.status}.`
      return { status: 400, body: errorOf('invalid_request_error', message) }
    }
    intent.status = 'canceled'
    return { status: 200, body: this.#shown(intent) }
  }

  #list(object: DoubleIntent['object'], query: URLSearchParams): Sent {
    const customer = query.get('customer')
    const found = [...this.intents.values()]
      .filter((intent) => intent.object === object && (customer === null || intent.customer === customer))
      .reverse()
    const start = found.findIndex(({ id }) => id === query.get('starting_after')) + 1
    const page = found.slice(start, start + Number(query.get('limit') ?? 10))
    const has_more = start + page.length < found.length
    return { status: 200, body: { object: 'list', has_more, data: page.map((intent) => this.#shown(intent)) } }
  }

  #shown({ last_error, ...intent }: DoubleIntent): Record<string, unknown> {
    const method = intent.payment_method === null ? undefined : this.#methods.get(intent.payment_method)
    const error = intent.object === 'payment_intent' ? 'last_payment_error' : 'last_setup_error'
    const payment_method = method ? { id: method.id, object: 'payment_method', type: 'card', card: method.card } : null
    return { ...intent, livemode: this.#livemode, payment_method, [error]: last_error }
  }
}

/** What may be said of a new intent, as far as it is used here; Stripe refuses any other name. */
const knownParams = new Set([
  'allowed_payment_method_types',
  'amount',
  'confirm',
  'confirmation_token',
  'currency',
  'customer',
  'description',
  'expand',
  'metadata',
  'off_session',
  'payment_method',
  'setup_future_usage',
  'usage',
  'use_stripe_sdk',
])

const keyInUse: Sent = {
  status: 409,
  body: {
    error: {
      type: 'idempotency_error',
      code: 'idempotency_key_in_use',
      message: 'There is currently another in-progress request using this Idempotent Key.',
    },
  },
}

const unauthorised: Sent = { status: 401, body: errorOf('invalid_request_error', 'Invalid API Key provided.') }

function missing(what: string): Sent {
  return {
    status: 404,
    body: { error: { type: 'invalid_request_error', code: 'resource_missing', message: `No such: ${what}` } },
  }
}

function errorOf(type: string, message: string) {
  return { error: { type, message } }
}

function metadataOf(params: URLSearchParams): Params {
  return Object.fromEntries(
    [...params].flatMap(([name, value]) => {
      const key = /^metadata\[(.+)\]$/.exec(name)?.[1]
      return key === undefined ? [] : [[key, value]]
    }),
  )
}

function reply(response: ServerResponse, { status, body }: Sent): void {
  response.writeHead(status, { 'content-type': 'application/json', 'request-id': 'req_double' })
  response.end(JSON.stringify(body))
}
