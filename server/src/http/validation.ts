import * as z from 'zod'
import { Problem } from '#problem.ts'

/** Where a value was given: fields of a path or query carry their own names, as those of a body do. */
export type Place = 'params' | 'query' | 'body'

/** Parses a value by its definition, all problems at once: 422 with `details` [{field, message}] and `param` the first. */
export function parse(schema: z.ZodType, value: unknown, place: Place): unknown {
  const result = z.safeDecode(schema, value as never)
  if (result.success) return result.data
  const details = result.error.issues.map((issue) => describe(issue, value, place))
  const first = details[0] ?? { field: place, message: 'Invalid.' }
  const more = details.length > 1 ? ` (and ${details.length - 1} more, see details)` : ''
  throw new Problem('validation_error', `${first.field}: ${first.message}${more}`, { param: first.field, details })
}

type Detail = { field: string; message: string }

function describe(issue: z.core.$ZodIssue, value: unknown, place: Place): Detail {
  const field = issue.path.map(String).join('.') || place
  const given = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], value)
  if (given === undefined && issue.path.length > 0) return { field, message: 'This field is required.' }
  return { field, message: sentence(issue) }
}

// Zod's own wording speaks of "Invalid input"; ours says what would be right.
function sentence(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type' && issue.message.startsWith('Invalid input'))
    return `Must be ${article(issue.expected)}.`
  if (issue.code === 'invalid_value') return `Must be one of: ${issue.values.map(String).join(', ')}.`
  return issue.message
}

function article(expected: string): string {
  const noun = expected === 'record' ? 'object' : expected
  return `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`
}
