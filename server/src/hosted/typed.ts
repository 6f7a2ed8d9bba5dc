import type * as z from 'zod'
import { type FieldProblem, invalidFields } from '#problem.ts'

/**
 * Parses what a customer typed: 422 `validation_error` with every wrong field at once, in sentences that a customer can
 * read. A schema used here therefore says at every field what to type there.
 */
export function parseTyped<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [first, ...others] = result.error.issues.map(
    ({ path, message }): FieldProblem => ({ field: path.map(String).join('.') || 'body', message }),
  )
  throw invalidFields([first ?? { field: 'body', message: 'This could not be read.' }, ...others])
}
