import type { ApiVersion } from '#http/versions/registry.ts'

/** How one operation's bodies differ in an older version. */
export type Translation = {
  readonly request?: (body: unknown) => unknown
  readonly response?: (data: unknown) => unknown
}

/** Per version, per operation id: what has to be translated. The oldest version is the newest one, so nothing is yet. */
const translations: Record<ApiVersion, Record<string, Translation>> = { '2026-07-11': {} }

/** The translation between the newest shape and the one this version speaks; undefined when they are the same. */
export function translationFor(version: ApiVersion, operationId: string): Translation | undefined {
  return translations[version][operationId]
}
