import type { JsonSchema } from '#http/openapi-schemas.ts'
import type { Operation } from '#http/operation.ts'
import { type ProblemCode, problems } from '#problem.ts'

/** Every code an operation can answer with, whether it names it or the HTTP side refuses before it. */
export function problemCodes(operation: Operation): ProblemCode[] {
  const codes: ProblemCode[] = [
    ...operation.problems,
    // Also without input of its own: a header can be malformed, and any body too large.
    'validation_error',
    ...(operation.body ? (['invalid_json'] as const) : []),
    ...(takesIdempotencyKey(operation) ? (['idempotency_in_progress', 'idempotency_key_mismatch'] as const) : []),
    'unauthorized',
    'rate_limited',
    'internal_error',
    'overloaded',
  ]
  return [...new Set(codes)]
}

/** Whatever has an effect remembers its key; a check or a lookup on the hot path has none. */
export function takesIdempotencyKey({ kind, method, status }: Operation): boolean {
  return kind === 'write' || kind === 'staged' || (kind === 'metering' && (status === 201 || method === 'PUT'))
}

/** The failure answers by status: which codes there are, in the one envelope. */
export function failureResponses(codes: readonly ProblemCode[]): Record<string, JsonSchema> {
  const byStatus = new Map<number, ProblemCode[]>()
  const put = (status: number, code: ProblemCode) => byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  for (const code of codes) {
    put(problems[code].status, code)
    if (code === 'validation_error') put(413, code)
  }
  return Object.fromEntries(
    [...byStatus].sort(([a], [b]) => a - b).map(([status, those]) => [String(status), failureResponse(status, those)]),
  )
}

function failureResponse(status: number, codes: readonly ProblemCode[]): JsonSchema {
  const code = { type: 'string', enum: codes }
  return {
    description: codes.map((code) => `[\`${code}\`](/docs/errors/${code})`).join(' · '),
    headers: {
      'x-request-id': { $ref: '#/components/headers/RequestId' },
      ...(status === 429 ? { 'retry-after': { $ref: '#/components/headers/RetryAfter' } } : {}),
    },
    content: {
      'application/json': {
        schema: {
          allOf: [
            { $ref: '#/components/schemas/Failure' },
            { type: 'object', properties: { error: { type: 'object', properties: { code } } } },
          ],
        },
      },
    },
  }
}

/** The failure envelope of every operation. */
export const Failure: JsonSchema = {
  type: 'object',
  description: 'The envelope of every refusal.',
  required: ['success', 'error'],
  properties: {
    success: { type: 'boolean', const: false },
    error: {
      type: 'object',
      required: ['type', 'code', 'message', 'doc_url'],
      properties: {
        type: { type: 'string', enum: [...new Set(Object.values(problems).map(({ type }) => type))] },
        code: { type: 'string', enum: Object.keys(problems) },
        message: { type: 'string', description: 'A sentence for people; its wording may change.' },
        param: { type: 'string', description: 'The field at fault, when there is one.' },
        details: {
          description:
            'For validation_error a list of {field, message}, every problem at once. Else facts of the code.',
        },
        doc_url: { type: 'string', format: 'uri', description: 'The page of this code, served by this server.' },
      },
    },
  },
}
