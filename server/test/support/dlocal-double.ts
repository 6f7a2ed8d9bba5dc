import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Payment = {
  id: string
  order_id: string
  amount: number
  currency: string
  country: string
  payer: { document: string; email: string }
  status: 'PAID' | 'PENDING' | 'REJECTED' | 'CANCELLED'
  status_code: string
  status_detail: string
  redirect_url?: string
  callback_url?: string
  card?: { card_id: string; brand: string; last4: string; expiration_month: number; expiration_year: number }
}

/**
 * dLocal as its public API pages have it, as far as Halley uses it: signed requests, payments on its own page and with a
 * stored card, cancelling, orders, signed notifications. `CID-later` is a stored card that is declined.
 */
export class DlocalDouble {
  readonly url: string
  readonly payments = new Map<string, Payment>()
  readonly refunds = new Map<string, number>()
  readonly bodies: string[] = []
  readonly credentials = { login: 'login-double', transKey: 'trans-double', secretKey: 'secret-double' }
  /** Applied to creations of payments, in this order, then none. */
  faults: ('drop_before' | 'drop_after')[] = []
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

  paymentOf(orderId: string): Payment {
    const found = [...this.payments.values()].find(({ order_id }) => order_id === orderId)
    if (!found) throw new Error(`dLocal knows nothing of ${orderId}`)
    return found
  }

  paid(): Payment[] {
    return [...this.payments.values()].filter(({ status }) => status === 'PAID')
  }

  /** What the customer does on dLocal's page. */
  finish(orderId: string, how: 'pay' | 'reject', card = 'CID-1'): void {
    const payment = this.paymentOf(orderId)
    if (how === 'reject') {
      Object.assign(payment, { status: 'REJECTED', status_code: '302', status_detail: 'Insufficient amount.' })
      return
    }
    book(payment, card)
  }

  /** A notification as dLocal signs it. */
  notification(orderId: string, secretKey = this.credentials.secretKey) {
    const body = JSON.stringify(this.paymentOf(orderId))
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
    if (page !== undefined) return this.#showPage(response, page)
    const isCreation = request.method === 'POST' && request.url === '/payments'
    const fault = isCreation ? this.faults.shift() : undefined
    if (fault === 'drop_before') return void request.socket.destroy()
    const [status, answer] = this.#isSigned(request, body) ? this.#answer(request, body) : [403, { code: 3001 }]
    if (fault === 'drop_after') return void request.socket.destroy()
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer))
  }

  /** dLocal's own page, from where the customer comes back, whatever was done there by {@link finish}. */
  #showPage(response: ServerResponse, id: string): void {
    response.writeHead(200, { 'content-type': 'text/html' })
    response.end(
      `<!doctype html><html lang="en"><title>dLocal</title><h1>dLocal</h1><form method="post" action="${this.payments.get(id)?.callback_url}"><button>Back</button></form></html>`,
    )
  }

  #isSigned({ headers }: IncomingMessage, body: string): boolean {
    const { login, transKey, secretKey } = this.credentials
    return (
      headers['x-trans-key'] === transKey &&
      headers['x-login'] === login &&
      headers.authorization === sign(secretKey, `${login}${headers['x-date']}${body}`)
    )
  }

  #answer({ method, url = '' }: IncomingMessage, body: string): [number, unknown] {
    const [, resource, id = '', verb] = url.split('/')
    if (method === 'POST' && resource === 'payments' && id === '') return [200, this.#create(JSON.parse(body))]
    if (method === 'POST' && resource === 'refunds') return [200, this.#refund(JSON.parse(body))]
    const known =
      resource === 'orders'
        ? [...this.payments.values()].find(({ order_id }) => order_id === decodeURIComponent(id))
        : this.payments.get(id)
    if (!known) return [404, { code: 4000, message: 'Payment not found' }]
    if (verb === 'cancel' && known.status === 'PENDING')
      Object.assign(known, { status: 'CANCELLED', status_code: '400' })
    return [
      200,
      resource === 'orders' ? { order_id: known.order_id, payment_id: known.id, status: known.status } : known,
    ]
  }

  #refund({ payment_id, amount }: { payment_id: string; amount: number }) {
    const isPaid = this.payments.get(payment_id)?.status === 'PAID' && !this.refunds.has(payment_id)
    if (isPaid) this.refunds.set(payment_id, amount)
    return { id: `REF-${payment_id}`, payment_id, amount, status: isPaid ? 'SUCCESS' : 'REJECTED' }
  }

  #create(asked: Payment & { payment_method_flow: string; card?: { card_id?: string } }): Payment {
    const id = `D-4-${++this.#count}`
    const { order_id, amount, currency, country, payer, callback_url } = asked
    const payment: Payment = {
      id,
      order_id,
      amount,
      currency,
      country,
      payer,
      ...(callback_url === undefined ? {} : { callback_url }),
      status: 'PENDING',
      status_code: '100',
      status_detail: 'The payment is pending.',
    }
    this.payments.set(id, payment)
    const stored = asked.card?.card_id
    if (asked.payment_method_flow === 'REDIRECT') payment.redirect_url = `${this.url}/page/${id}`
    else if (stored === 'CID-later') Object.assign(payment, { status: 'REJECTED', status_code: '309' })
    else book(payment, stored ?? 'CID-1')
    return payment
  }
}

function book(payment: Payment, card_id: string): void {
  Object.assign(payment, { status: 'PAID', status_code: '200', status_detail: 'The payment was paid.' })
  payment.card = { card_id, brand: 'VI', last4: '1111', expiration_month: 10, expiration_year: 2040 }
}

function sign(secret: string, text: string): string {
  return `V2-HMAC-SHA256, Signature: ${createHmac('sha256', secret).update(text).digest('hex')}`
}
