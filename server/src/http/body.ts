import { Problem } from '#problem.ts'

/** How large a body may be where an operation does not say otherwise. */
export const bodyLimitBytes = 1_048_576
const maxDepth = 20

/**
 * Parses a JSON body. Empty means `{}`. Broken JSON is 400 `invalid_json`; nesting deeper than 20, text that PostgreSQL
 * cannot store (U+0000) and keys that would reach an object's prototype are 422, unless the handler inspects entry by entry.
 */
export function parseBody(text: string, isInspectedLater = false): unknown {
  if (text.trim() === '') return {}
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new Problem(
      'invalid_json',
      `The body is not valid JSON: ${error instanceof Error ? error.message : 'unreadable'}.`,
    )
  }
  if (!isInspectedLater) inspectBody(value)
  return value
}

/** Refuses a parsed body, or one of its entries, for what no body may contain. */
export function inspectBody(value: unknown): void {
  inspect(value, 1, '')
}

function inspect(value: unknown, depth: number, path: string): void {
  if (typeof value === 'string') inspectText(value, path)
  if (typeof value !== 'object' || value === null) return
  if (depth > maxDepth) refuse(path, `Must not be nested deeper than ${maxDepth} levels.`)
  for (const [key, entry] of Object.entries(value)) {
    const inner = path === '' ? key : `${path}.${key}`
    if (key === '__proto__') refuse(inner, 'This name is not allowed.')
    inspectText(key, inner)
    inspect(entry, depth + 1, inner)
  }
}

/** Refuses what PostgreSQL cannot store, in a body, query or path value: U+0000 and half surrogate pairs. */
export function inspectText(text: string, path: string): void {
  const field = path.replaceAll('\u0000', '\\u0000').toWellFormed()
  if (text.includes('\u0000')) refuse(field, 'Must not contain the character U+0000.')
  if (!text.isWellFormed()) refuse(field, 'Must be well-formed Unicode: it contains half of a surrogate pair.')
}

function refuse(field: string, message: string): never {
  const name = field.slice(0, 200)
  throw new Problem('validation_error', `${name || 'The body'}: ${message}`, {
    ...(name ? { param: name } : {}),
    details: [{ field: name, message }],
  })
}
