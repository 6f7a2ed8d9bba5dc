import { type Answer, type Confirmation, declineCodeOf, fieldErrorsOf, isPromoRefusal } from '../api/hosted-checkout.ts'
import type { FieldError } from './render.types.ts'

/** What became of pressing the button. */
export type ConfirmOutcome =
  | { kind: 'succeeded'; redirectUrl: string | null }
  /** `clientSecret`: the provider's script shows the step on this page. */
  | { kind: 'requires_action'; url: string; clientSecret: string | undefined }
  | { kind: 'declined'; declineCode: string | undefined }
  | { kind: 'invalid'; errors: FieldError[] }
  | { kind: 'rate_limited' }
  | { kind: 'promo_refused'; code: string }
  /** The checkout may no longer be what this page shows: look again. */
  | { kind: 'moved_on'; code: string; message: string }
  | { kind: 'refused'; code: string; message: string }
  | { kind: 'unknown' }

const retryDelaysMs = [1_000, 2_000, 4_000]

export type Retrying = {
  /** Sends the same request with the same key. */
  send: () => Promise<Answer<Confirmation>>
  wait: (delayMs: number) => Promise<void>
  /** Called before every repetition, for the button's words. */
  onRetry: () => void
}

/**
 * Sends until there is an answer or patience ends. Repeating is safe because the key stays the same,
 * so a request whose answer was lost is answered from what it did the first time.
 */
export async function confirmPatiently({ send, wait, onRetry }: Retrying): Promise<ConfirmOutcome> {
  for (let attempt = 0; ; attempt += 1) {
    const answer = await send()
    const inProgress = answer.kind === 'refused' && answer.code === 'idempotency_in_progress'
    if (answer.kind !== 'unanswered' && !inProgress) return outcomeOf(answer)
    const delayMs = retryDelaysMs[attempt]
    if (delayMs === undefined) return { kind: 'unknown' }
    onRetry()
    await wait(delayMs)
  }
}

function outcomeOf(answer: Exclude<Answer<Confirmation>, { kind: 'unanswered' }>): ConfirmOutcome {
  if (answer.kind === 'ok') {
    const { status, action, redirectUrl } = answer.data
    if (status === 'succeeded') return { kind: 'succeeded', redirectUrl: redirectUrl ?? null }
    return status === 'requires_action' && action
      ? { kind: 'requires_action', url: action.url, clientSecret: action.clientSecret }
      : { kind: 'moved_on', code: '', message: '' }
  }
  const { status, code, message, details } = answer
  const errors = fieldErrorsOf(details)
  if (status === 402) return { kind: 'declined', declineCode: declineCodeOf(details) }
  if (status === 429) return { kind: 'rate_limited' }
  if (isPromoRefusal(code)) return { kind: 'promo_refused', code }
  if ((status === 400 || status === 422) && errors.length > 0) return { kind: 'invalid', errors }
  if (status === 404 || status === 409 || status === 410) return { kind: 'moved_on', code, message }
  return { kind: 'refused', code, message }
}

/** 128 random bits as text. (`crypto.randomUUID` is missing on plain http, which a self-hosted server may be.) */
export function newIdempotencyKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
