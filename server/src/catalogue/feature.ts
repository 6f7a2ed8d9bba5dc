/** boolean: on or off · usage: counts up in a window · seats: licences held · quota: a durable count. */
export const featureTypes = ['boolean', 'usage', 'seats', 'quota'] as const
export type FeatureType = (typeof featureTypes)[number]

/** Something a plan can contain. `code` and `type` never change. */
export type Feature = {
  readonly id: string
  readonly code: string
  readonly name: string
  readonly type: FeatureType
  readonly description: string | null
  /** What one unit is called, such as `call` or `GB`. */
  readonly unitName: string | null
  readonly createdAt: Temporal.Instant
  readonly updatedAt: Temporal.Instant
}
