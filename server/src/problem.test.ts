import assert from 'node:assert/strict'
import { test } from 'node:test'
import { invalidField, invalidFields, isProblemCode, Problem, type ProblemCode, problems } from '#problem.ts'

/** The error table of the HTTP conventions, written out. */
const documented: Record<string, string> = {
  'validation_error 422': 'validation_error',
  'validation_error 400':
    'invalid_json plans_not_in_same_group plan_change_scheduled no_change_requested free_plan_change_not_supported',
  'authentication_error 401': 'unauthorized',
  'authentication_error 403': 'forbidden sandbox_only payouts_not_available_in_sandbox',
  'not_found_error 404':
    'not_found customer_not_found feature_not_found plan_not_found subscription_not_found no_active_subscription addon_not_found credit_pack_not_found plan_group_not_found promo_code_not_found price_not_found invoice_not_found transaction_not_found payment_not_found payment_method_not_found webhook_not_found api_key_not_found model_not_found claim_not_pending',
  'conflict_error 409':
    'duplicate already_has_active_subscription already_scheduled addon_already_active addon_has_activations feature_already_exists feature_in_use price_in_use invalid_subscription_status subscription_not_active subscription_required subscription_already_canceled not_scheduled_for_cancellation one_time_subscription_not_cancelable plan_unavailable no_prices_configured no_outstanding_invoice no_payment_method charge_in_progress payment_not_cancelable promo_code_expired provider_unsupported organization_already_claimed idempotency_in_progress idempotency_key_mismatch',
  'billing_error 402': 'insufficient_credits insufficient_balance included_limit_reached payment_failed charge_failed',
  'billing_error 403': 'feature_not_in_plan feature_disabled',
  'billing_error 400':
    'insufficient_seats seat_limit_exceeded missing_regional_price pricing_mode_mismatch addon_not_active',
  'rate_limit_error 429': 'rate_limited',
  'internal_error 500': 'internal_error',
  'internal_error 503': 'idempotency_unavailable tax_unavailable overloaded',
  'internal_error 409': 'subscription_has_open_dispute',
}

test('the table holds every documented code with its type and status, and no other', () => {
  const held = Object.groupBy(Object.entries(problems), ([, { type, status }]) => `${type} ${status}`)
  const heldCodes = Object.entries(held).map(([key, list = []]) => [key, list.map(([code]) => code).sort()])
  const documentedCodes = Object.entries(documented).map(([key, codes]) => [key, codes.split(' ').sort()])
  assert.deepEqual(Object.fromEntries(heldCodes), Object.fromEntries(documentedCodes))
})

test('a problem carries what the answer needs', () => {
  const problem = new Problem('insufficient_seats', 'Only 3 seats are held.', {
    param: 'count',
    details: { current: 3 },
  })
  assert(problem instanceof Error)
  assert.equal(problem.name, 'Problem')
  assert.equal(problem.message, 'Only 3 seats are held.')
  assert.deepEqual(
    { ...problem },
    {
      name: 'Problem',
      code: 'insufficient_seats',
      type: 'billing_error',
      status: 400,
      param: 'count',
      details: { current: 3 },
    },
  )
})

test('a quota removal below zero answers 400, any other missing balance 402', () => {
  assert.equal(new Problem('insufficient_balance', 'Balance too low.').status, 402)
  assert.equal(new Problem('insufficient_balance', 'Only 2 held.', { status: 400 }).status, 400)
})

test('a status the table does not name throws', () => {
  assert.equal(new Problem('validation_error', 'Body over 1 MiB.', { status: 413 }).status, 413)
  assert.throws(() => new Problem('insufficient_credits', 'No.', { status: 400 }), /does not answer with 400/)
  assert.throws(() => new Problem('validation_error', 'No.', { status: 400 }), /does not answer with 400/)
})

test('wrong fields are named all at once, the first as param', () => {
  const problem = invalidFields([
    { field: 'overrides.0.price', message: 'must be a whole number' },
    { field: 'email', message: 'is required' },
  ])
  assert.equal(problem.code, 'validation_error')
  assert.equal(problem.param, 'overrides.0.price')
  assert.equal(problem.message, 'overrides.0.price: must be a whole number; email: is required')
  assert.deepEqual(problem.details, [
    { field: 'overrides.0.price', message: 'must be a whole number' },
    { field: 'email', message: 'is required' },
  ])
  assert.equal(invalidField('limit', 'must be 1–100').param, 'limit')
})

test('the details of a validation error are a list whoever throws it', () => {
  assert.deepEqual(new Problem('validation_error', 'Unknown timezone.', { param: 'timezone' }).details, [
    { field: 'timezone', message: 'Unknown timezone.' },
  ])
  assert.deepEqual(new Problem('validation_error', 'Too large.').details, [{ field: '', message: 'Too large.' }])
  assert.equal(new Problem('not_found', 'Nothing here.').details, undefined)
})

test('only codes of the table are codes', () => {
  const codes: ProblemCode[] = ['duplicate', 'rate_limited']
  assert(codes.every(isProblemCode))
  assert.equal(isProblemCode('toString'), false)
  assert.equal(isProblemCode('inactive'), false)
})
