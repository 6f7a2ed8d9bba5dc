import assert from 'node:assert/strict'

/** One wrong field of a request, in dotted form such as `overrides.0.price`. */
export type FieldProblem = { readonly field: string; readonly message: string }

export type ProblemType =
  | 'validation_error'
  | 'authentication_error'
  | 'not_found_error'
  | 'conflict_error'
  | 'billing_error'
  | 'rate_limit_error'
  | 'internal_error'

type OtherStatus = 400 | 413

type ProblemFacts = {
  readonly type: ProblemType
  readonly status: number
  /** A second status that the code answers with in one documented case. */
  readonly otherStatus?: OtherStatus
}

/** The closed table of refusals: every error code an answer can carry, with its type and HTTP status. */
export const problems = {
  // 413: a body over 1 MiB.
  validation_error: { type: 'validation_error', status: 422, otherStatus: 413 },

  invalid_json: { type: 'validation_error', status: 400 },
  plans_not_in_same_group: { type: 'validation_error', status: 400 },
  plan_change_scheduled: { type: 'validation_error', status: 400 },
  no_change_requested: { type: 'validation_error', status: 400 },
  free_plan_change_not_supported: { type: 'validation_error', status: 400 },

  unauthorized: { type: 'authentication_error', status: 401 },
  forbidden: { type: 'authentication_error', status: 403 },
  sandbox_only: { type: 'authentication_error', status: 403 },
  payouts_not_available_in_sandbox: { type: 'authentication_error', status: 403 },

  not_found: { type: 'not_found_error', status: 404 },
  customer_not_found: { type: 'not_found_error', status: 404 },
  feature_not_found: { type: 'not_found_error', status: 404 },
  plan_not_found: { type: 'not_found_error', status: 404 },
  subscription_not_found: { type: 'not_found_error', status: 404 },
  no_active_subscription: { type: 'not_found_error', status: 404 },
  addon_not_found: { type: 'not_found_error', status: 404 },
  credit_pack_not_found: { type: 'not_found_error', status: 404 },
  plan_group_not_found: { type: 'not_found_error', status: 404 },
  promo_code_not_found: { type: 'not_found_error', status: 404 },
  price_not_found: { type: 'not_found_error', status: 404 },
  invoice_not_found: { type: 'not_found_error', status: 404 },
  transaction_not_found: { type: 'not_found_error', status: 404 },
  payment_not_found: { type: 'not_found_error', status: 404 },
  payment_method_not_found: { type: 'not_found_error', status: 404 },
  webhook_not_found: { type: 'not_found_error', status: 404 },
  api_key_not_found: { type: 'not_found_error', status: 404 },
  model_not_found: { type: 'not_found_error', status: 404 },
  claim_not_pending: { type: 'not_found_error', status: 404 },

  duplicate: { type: 'conflict_error', status: 409 },
  already_has_active_subscription: { type: 'conflict_error', status: 409 },
  already_scheduled: { type: 'conflict_error', status: 409 },
  addon_already_active: { type: 'conflict_error', status: 409 },
  addon_has_activations: { type: 'conflict_error', status: 409 },
  feature_already_exists: { type: 'conflict_error', status: 409 },
  feature_in_use: { type: 'conflict_error', status: 409 },
  price_in_use: { type: 'conflict_error', status: 409 },
  invalid_subscription_status: { type: 'conflict_error', status: 409 },
  subscription_not_active: { type: 'conflict_error', status: 409 },
  subscription_required: { type: 'conflict_error', status: 409 },
  subscription_already_canceled: { type: 'conflict_error', status: 409 },
  not_scheduled_for_cancellation: { type: 'conflict_error', status: 409 },
  one_time_subscription_not_cancelable: { type: 'conflict_error', status: 409 },
  plan_unavailable: { type: 'conflict_error', status: 409 },
  no_prices_configured: { type: 'conflict_error', status: 409 },
  no_outstanding_invoice: { type: 'conflict_error', status: 409 },
  no_payment_method: { type: 'conflict_error', status: 409 },
  charge_in_progress: { type: 'conflict_error', status: 409 },
  payment_not_cancelable: { type: 'conflict_error', status: 409 },
  promo_code_expired: { type: 'conflict_error', status: 409 },
  provider_unsupported: { type: 'conflict_error', status: 409 },
  organization_already_claimed: { type: 'conflict_error', status: 409 },
  idempotency_in_progress: { type: 'conflict_error', status: 409 },
  idempotency_key_mismatch: { type: 'conflict_error', status: 409 },

  insufficient_credits: { type: 'billing_error', status: 402 },
  // 400: a quota removal below zero.
  insufficient_balance: { type: 'billing_error', status: 402, otherStatus: 400 },
  included_limit_reached: { type: 'billing_error', status: 402 },
  payment_failed: { type: 'billing_error', status: 402 },
  charge_failed: { type: 'billing_error', status: 402 },

  feature_not_in_plan: { type: 'billing_error', status: 403 },
  feature_disabled: { type: 'billing_error', status: 403 },

  insufficient_seats: { type: 'billing_error', status: 400 },
  seat_limit_exceeded: { type: 'billing_error', status: 400 },
  missing_regional_price: { type: 'billing_error', status: 400 },
  pricing_mode_mismatch: { type: 'billing_error', status: 400 },
  addon_not_active: { type: 'billing_error', status: 400 },

  rate_limited: { type: 'rate_limit_error', status: 429 },

  internal_error: { type: 'internal_error', status: 500 },
  idempotency_unavailable: { type: 'internal_error', status: 503 },
  tax_unavailable: { type: 'internal_error', status: 503 },
  overloaded: { type: 'internal_error', status: 503 },
  subscription_has_open_dispute: { type: 'internal_error', status: 409 },
} as const satisfies Record<string, ProblemFacts>

export type ProblemCode = keyof typeof problems

export type ProblemOptions = {
  /** The field or parameter at fault. */
  readonly param?: string | undefined
  /** Facts for the caller, such as the count held. For `validation_error` the list of wrong fields. */
  readonly details?: unknown
  /** The code's other documented status; any status the table does not name throws. */
  readonly status?: OtherStatus | undefined
}

/** An expected refusal. Anything else that is thrown is a bug and answers 500. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  readonly type: ProblemType
  /** The HTTP status, for the edge alone. */
  readonly status: number
  readonly param: string | undefined
  readonly details: unknown

  constructor(code: ProblemCode, message: string, options: ProblemOptions = {}) {
    super(message)
    const { type, status, otherStatus }: ProblemFacts = problems[code]
    assert(
      options.status === undefined || options.status === otherStatus,
      `${code} does not answer with ${options.status}`,
    )
    this.code = code
    this.type = type
    this.status = options.status ?? status
    this.param = options.param
    this.details = options.details ?? (code === 'validation_error' ? wholeRequest(message, options.param) : undefined)
  }
}

// The public client reads the details of every validation_error as a list.
function wholeRequest(message: string, param = ''): readonly FieldProblem[] {
  return [{ field: param, message }]
}

/**
 * Whether a refusal is only about this moment: the same request may well go through in a minute. It is never kept as the answer
 * of an Idempotency-Key.
 */
export function isPassing({ code, status }: Problem): boolean {
  return status >= 500 || status === 429 || code === 'charge_in_progress' || code === 'idempotency_in_progress'
}

/** The refusal of a request's fields: all of them at once, the first one as `param`. */
export function invalidFields(fields: readonly [FieldProblem, ...FieldProblem[]]): Problem {
  const [first] = fields
  const message = fields.map(({ field, message }) => (field ? `${field}: ${message}` : message)).join('; ')
  return new Problem('validation_error', message, { param: first.field, details: fields })
}

/** The refusal of one field of a request. */
export function invalidField(field: string, message: string): Problem {
  return invalidFields([{ field, message }])
}

export function isProblemCode(text: string): text is ProblemCode {
  return Object.hasOwn(problems, text)
}
