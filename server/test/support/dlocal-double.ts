import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

export type DlocalFault = 'drop_before' | 'drop_after' | 'slow' | 'fail_500' | null

export type DoublePayment = {
  id: string
  order_id: string
  amount: number
  currency: string
  country: string
  payer: { document: string; email: string }
  status: 'PAID' | 'VERIFIED' | 'PENDING' | 'REJECTED' | 'CANCELLED'
  status_code: string
  status_detail: string
  notification_url: string
  redirect_url?: string
  callback_url?: string
  refunds: DoubleRefund[]
  card?: { card_id?: string; brand: string; last4: string; expiration_month: number; expiration_year: number }
}
type DoubleRefund = {
  id: string
  payment_id: string
  order_id: string
  order_refund_id: string
  amount: number
  currency: string
  status: string
  status_code: number
  status_detail: string
  notification_url: string
}
type Chargeback = { id: string; payment_id: string; order_id: string; amount: number; currency: string; status: string }
type Asked = DoublePayment & { payment_method_flow: string; card?: { card_id?: string; verify?: boolean } }
type Sent = [number, unknown]

const refusals = {
  signature: [400, { code: 5000, message: 'Invalid request.' }],
  credentials: [403, { code: 3001, message: 'Invalid Credentials.' }],
  unknown: [404, { code: 4000, message: 'Payment not found.' }],
  duplicated: [400, { code: 5009, message: 'Order ID is duplicated.' }],
  document: [400, { code: 5001, message: 'Invalid parameter: payer.document', param: 'payer.document' }],
  amount: [400, { code: 5016, message: 'Amount too low.' }],
  currency: [400, { code: 5004, message: 'Currency not allowed for this country.' }],
  refunded: [400, { code: 5007, message: 'Amount exceeded.' }],
  charged_back: [400, { code: 5018, message: 'Chargeback in place for this transaction.' }],
} as const satisfies Record<string, Sent>

const currencies: Readonly<Record<string, readonly string[]>> = { BR: ['BRL', 'USD'], CL: ['CLP', 'USD'] }

/**
 * dLocal as its public API pages have it, as far as Halley uses it: signed requests, payments and verifications on its own page and with
 * a stored card, cancelling, orders, refunds, chargebacks, signed notifications. What a stored card does is its name: `CID-later` is
 * declined, `CID-3ds` wants its customer, `CID-slow` is decided by {@link finish}. The document `00000000000` is refused.
 */
export class DlocalDouble {
  readonly url: string
  readonly payments = new Map<string, DoublePayment>()
  readonly chargebacks = new Map<string, Chargeback>()
  readonly bodies: string[] = []
  readonly credentials = { login: 'login-double', transKey: 'trans-double', secretKey: 'secret-double' }
  /** Applied to creations of payments, in this order, then none. */
  faults: DlocalFault[] = []
  /** What is done to the creation of a payment for an order. */
  faultFor: (order: string) => DlocalFault = () => this.faults.shift() ?? null
  slowMs = 500
  /** Answers nobody, and does nothing. */
  isMute = false
  /** Whether the account may verify cards without a payment. */
  verifies = true
  /** Whether the keys may give payments back. */
  givesBack = true
  /** What becomes of a refund at first. */
  refundStatus = 'SUCCESS'
  /** Whether answers about chargebacks name the payment, as they did not always. */
  namesPayments = true
  /** Told of everything that is booked, before anybody is answered. */
  onBooked: (payment: DoublePayment) => void = () => undefined
  readonly #server: ReturnType<typeof createServer>
  #count = 0

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    server.on('request', (request, response) => void this.#serve(request, response))
  }

  static async start(): Promise<DlocalDouble> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new DlocalDouble(server)
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  paymentOf(orderId: string): DoublePayment {
    const found = this.#ofOrder(orderId)
    if (!found) throw new Error(`dLocal knows nothing of ${orderId}`)
    return found
  }

  paid(): DoublePayment[] {
    return [...this.payments.values()].filter(({ status }) => status === 'PAID')
  }

  /** What the customer does on dLocal's page, or what the bank decides about a stored card. */
  finish(orderId: string, how: 'pay' | 'reject', card = 'CID-1'): void {
    const payment = this.paymentOf(orderId)
    if (payment.status !== 'PENDING') return
    if (how === 'pay') this.#book(payment, card)
    else Object.assign(payment, { status: 'REJECTED', status_code: '302', status_detail: 'Insufficient amount.' })
  }

  /** The customer's bank wants a payment back. */
  chargeBack(orderId: string, status = 'PENDING'): Chargeback {
    const { id, order_id, amount, currency } = this.paymentOf(orderId)
    const chargeback = { id: `CHAR${++this.#count}`, payment_id: id, order_id, amount, currency, status }
    this.chargebacks.set(chargeback.id, chargeback)
    return chargeback
  }

  /** A notification as dLocal signs it: of a payment, a refund or a chargeback. */
  notification(orderId: string, secretKey?: string) {
    return this.signed(this.paymentOf(orderId), secretKey)
  }

  signed(about: unknown, secretKey = this.credentials.secretKey) {
    const body = JSON.stringify(about)
    const date = new Date().toISOString()
    const authorization = sign(secretKey, this.credentials.login + date + body)
    return { body, headers: { 'content-type': 'application/json', 'x-date': date, authorization } }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    this.bodies.push(body)
    const page = /^\/page\/([\w-]+)$/.exec(request.url ?? '')?.[1]
    if (page !== undefined) return this.#showPage(request, response, page, body)
    const isCreation = request.method === 'POST' && request.url === '/payments'
    const fault = isCreation ? this.faultFor(JSON.parse(body).order_id) : null
    if (this.isMute || fault === 'drop_before') return void request.socket.destroy()
    const [status, answer]: Sent =
      fault === 'fail_500'
        ? [500, { code: 7000 }]
        : (this.#refusalOf(request, body) ?? structuredClone(this.#act(request, body)))
    if (fault === 'drop_after') return void request.socket.destroy()
    if (fault === 'slow') await wait(this.slowMs)
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer))
  }

  /** dLocal's own page: what is pressed there happens, and the customer is sent back, with a form or by a redirect. */
  #showPage(request: IncomingMessage, response: ServerResponse, id: string, body: string): void {
    const payment = this.payments.get(id)
    if (request.method === 'POST') {
      const pressed = new URLSearchParams(body).get('press')
      if (payment && (pressed === 'pay' || pressed === 'reject')) this.finish(payment.order_id, pressed)
      response.writeHead(303, { location: payment?.callback_url ?? '/' })
      return void response.end()
    }
    const buttons = ['pay', 'reject'].map((name) => `<button name="press" value="${name}">${name}</button>`)
    buttons.push(`<button formaction="${payment?.callback_url}">Back</button>`)
    response.writeHead(200, { 'content-type': 'text/html' })
    response.end(
      `<!doctype html><html lang="en"><title>dLocal</title><h1>dLocal</h1><form method="post">${buttons.join('')}</form></html>`,
    )
  }

  #refusalOf({ headers }: IncomingMessage, body: string): Sent | undefined {
    const { login, transKey, secretKey } = this.credentials
    if (headers['x-trans-key'] !== transKey || headers['x-login'] !== login) return [...refusals.credentials]
    const isSigned = headers.authorization === sign(secretKey, `${login}${headers['x-date']}${body}`)
    return isSigned ? undefined : [...refusals.signature]
  }

  #act({ method, url = '' }: IncomingMessage, body: string): Sent {
    const [, resource, id = '', verb] = url.split('/')
    if (method === 'POST' && resource === 'payments' && id === '') return this.#create(JSON.parse(body))
    if (method === 'POST' && resource === 'refunds' && !this.givesBack) return [...refusals.credentials]
    if (method === 'POST' && resource === 'refunds') return this.#refund(JSON.parse(body))
    if (resource === 'chargebacks') return this.#showChargeback(id)
    const known = resource === 'orders' ? this.#ofOrder(decodeURIComponent(id)) : this.payments.get(id)
    if (!known) return [...refusals.unknown]
    if (verb === 'cancel' && known.status === 'PENDING')
      Object.assign(known, { status: 'CANCELLED', status_code: '400' })
    if (resource !== 'orders') return [200, known]
    const { order_id, id: payment_id, status, amount, currency } = known
    return [200, { order_id, payment_id, status, amount, currency }]
  }

  #ofOrder(orderId: string): DoublePayment | undefined {
    return [...this.payments.values()].find(({ order_id }) => order_id === orderId)
  }

  #showChargeback(id: string): Sent {
    const known = this.chargebacks.get(id)
    if (!known) return [...refusals.unknown]
    return [200, this.namesPayments ? known : { id, status: known.status }]
  }

  #refund(asked: DoubleRefund): Sent {
    const { payment_id, order_refund_id, amount, currency, notification_url } = asked
    const payment = this.payments.get(payment_id)
    if (payment?.status !== 'PAID') return [...refusals.unknown]
    if ([...this.chargebacks.values()].some((one) => one.payment_id === payment_id)) return [...refusals.charged_back]
    if (payment.refunds.some(({ status }) => status !== 'REJECTED') || amount > payment.amount)
      return [...refusals.refunded]
    const refund: DoubleRefund = {
      id: `REF-${++this.#count}`,
      payment_id,
      order_id: payment.order_id,
      order_refund_id,
      amount,
      currency,
      notification_url,
      status: this.refundStatus,
      status_code: this.refundStatus === 'REJECTED' ? 300 : 200,
      status_detail: this.refundStatus === 'REJECTED' ? 'The refund was rejected.' : 'The refund was paid.',
    }
    payment.refunds.push(refund)
    return [200, refund]
  }

  #create(asked: Asked): Sent {
    const { order_id, amount, currency, country, payer, callback_url, notification_url, card } = asked
    if (this.#ofOrder(order_id)) return [...refusals.duplicated]
    if (payer.document === '00000000000') return [...refusals.document]
    if (amount === 0 && !(card?.verify && this.verifies)) return [...refusals.amount]
    if (!(currencies[country] ?? [currency]).includes(currency)) return [...refusals.currency]
    const id = `D-4-${++this.#count}`
    const payment: DoublePayment = {
      ...{ id, order_id, amount, currency, country, payer, notification_url, refunds: [] },
      ...(callback_url === undefined ? {} : { callback_url }),
      status: 'PENDING',
      status_code: '100',
      status_detail: 'The payment is pending.',
    }
    this.payments.set(id, payment)
    const stored = card?.card_id
    if (asked.payment_method_flow === 'REDIRECT' || stored === 'CID-3ds')
      payment.redirect_url = `${this.url}/page/${id}`
    else if (stored === 'CID-later')
      Object.assign(payment, { status: 'REJECTED', status_code: '309', status_detail: 'Card expired.' })
    else if (stored !== 'CID-slow') this.#book(payment, stored ?? 'CID-1')
    return [200, payment]
  }

  #book(payment: DoublePayment, card_id: string): void {
    const isPaid = payment.amount > 0
    const status_detail = isPaid ? 'The payment was paid.' : 'The payment was verified.'
    Object.assign(payment, {
      status: isPaid ? 'PAID' : 'VERIFIED',
      status_code: isPaid ? '200' : '700',
      status_detail,
    })
    const card = { brand: 'VI', last4: '1111', expiration_month: 10, expiration_year: 2040 }
    payment.card = card_id === 'unsaved' ? card : { card_id, ...card }
    this.onBooked(payment)
  }
}

function sign(secret: string, text: string): string {
  return `V2-HMAC-SHA256, Signature: ${createHmac('sha256', secret).update(text).digest('hex')}`
}
