import { Problem } from '#problem.ts'

/** Known API versions, oldest first. A later one is a folder beside this file with its request and response translations. */
export const knownVersions = ['2026-07-11'] as const
export type ApiVersion = (typeof knownVersions)[number]

export const currentVersion: ApiVersion = knownVersions[knownVersions.length - 1] as ApiVersion

/**
 * The version a request speaks: its header, else the organisation's pin, else the current one. A date that is not a known
 * version means the newest known one not newer than it, or the oldest. A malformed header is a 422.
 */
export function resolveVersion(header: string | undefined, pin: string | null): ApiVersion {
  const wanted = header ?? pin
  if (wanted === null || wanted === undefined) return currentVersion
  if (!isDate(wanted)) {
    const message = 'Must be a date such as 2026-07-11.'
    throw new Problem('validation_error', `commet-version: ${message}`, {
      param: 'commet-version',
      details: [{ field: 'commet-version', message }],
    })
  }
  return knownVersions.findLast((version) => version <= wanted) ?? knownVersions[0]
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  try {
    Temporal.PlainDate.from(text)
    return true
  } catch {
    return false
  }
}
