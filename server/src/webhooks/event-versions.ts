/** How payloads looked in older API versions: per version, per event. The oldest version is the newest, so none differs yet. */
const translations: Readonly<Record<string, Readonly<Record<string, (data: unknown) => unknown>>>> = {}

/** A payload in the shape of an endpoint's pinned version. */
export function inVersion(version: string, type: string, data: unknown): unknown {
  return translations[version]?.[type]?.(data) ?? data
}
