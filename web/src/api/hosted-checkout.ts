import type { CheckoutDescription, FieldError } from '../checkout/render.types.ts'

/** What one call to the hosted API came to. `unanswered`: lost on the way, or the server could not say. */
export type Answer<Data> =
  | { kind: 'ok'; data: Data }
  | { kind: 'refused'; status: number; code: string; message: string; details: unknown }
  | { kind: 'unanswered' }

export type Confirmation = {
  status: string
  redirectUrl?: string | null
  action?: { url: string; clientSecret?: string } | null
}

export type QuoteInput = {
  country?: string
  state?: string
  postalCode?: string
  promoCode?: string
  taxDocument?: string
}

export type Send = { fetch: typeof fetch; page?: 'checkout' | 'pay'; token: string }

const callTimeoutMs = 30_000

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

async function call<Data>(send: Send, path: string, init: RequestInit): Promise<Answer<Data>> {
  try {
    const response = await send.fetch(
      `/hosted/v1/${send.page ?? 'checkout'}/${encodeURIComponent(send.token)}${path}`,
      {
        ...init,
        credentials: 'same-origin',
        cache: 'no-store',
        signal: AbortSignal.timeout(callTimeoutMs),
      },
    )
    const body: unknown = await response.json()
    if (!isRecord(body)) return { kind: 'unanswered' }
    if (response.ok && body.success === true) return { kind: 'ok', data: body.data as Data }
    if (response.status >= 500) return { kind: 'unanswered' }
    const error = isRecord(body.error) ? body.error : {}
    return {
      kind: 'refused',
      status: response.status,
      code: String(error.code ?? ''),
      message: String(error.message ?? ''),
      details: error.details,
    }
  } catch {
    return { kind: 'unanswered' }
  }
}

const json = { 'content-type': 'application/json', accept: 'application/json' }

export function describeCheckout(send: Send): Promise<Answer<CheckoutDescription>> {
  return call(send, '', { headers: { accept: 'application/json' } })
}

/** The checkout priced for another country, promo code or tax id; nothing is charged. */
export function quoteCheckout(send: Send, input: QuoteInput): Promise<Answer<CheckoutDescription>> {
  return call(send, '/quote', { method: 'PUT', headers: json, body: JSON.stringify(input) })
}

/** One try to confirm. The same key may be sent again and again: the server acts on it once. */
export function confirmCheckout(send: Send, idempotencyKey: string, body: string): Promise<Answer<Confirmation>> {
  return call(send, '/confirm', { method: 'POST', headers: { ...json, 'idempotency-key': idempotencyKey }, body })
}

/** How the step at the customer's bank went; asking again does no harm. */
export function completeCheckout(send: Send): Promise<Answer<Confirmation>> {
  return call(send, '/complete', { method: 'POST', headers: { accept: 'application/json' } })
}

/** The field errors in a refusal's details. */
export function fieldErrorsOf(details: unknown): FieldError[] {
  if (!Array.isArray(details)) return []
  return details.flatMap((detail: unknown) =>
    isRecord(detail) && typeof detail.field === 'string'
      ? [{ field: detail.field, message: String(detail.message ?? '') }]
      : [],
  )
}

/** Whether a refusal is about the promo code. */
export function isPromoRefusal(code: string): boolean {
  return code.startsWith('promo_code_') || code === 'offer_not_applicable'
}

/** The code a provider gave for a decline, from a refusal's details. */
export function declineCodeOf(details: unknown): string | undefined {
  return isRecord(details) && typeof details.declineCode === 'string' ? details.declineCode : undefined
}
