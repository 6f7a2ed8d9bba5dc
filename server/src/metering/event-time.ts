import { invalidField, type Problem } from '#problem.ts'

const tolerance = Temporal.Duration.from({ minutes: 5 })
const longestAgo = Temporal.Duration.from({ hours: 90 * 24 })

export type Clocks = {
  /** The organisation's now. */
  readonly now: Temporal.Instant
  readonly machineNow: Temporal.Instant
  readonly isSimulated: boolean
}

/**
 * When an event happened, on the organisation's clock. Clients always send their machine's time: while a test clock stands
 * elsewhere, a timestamp within 5 minutes of real time means the organisation's now.
 */
export function eventTime(given: Temporal.Instant | undefined, clocks: Clocks): Temporal.Instant {
  if (given === undefined) return clocks.now
  if (clocks.isSimulated && isWithin(given, clocks.machineNow)) return clocks.now
  return given
}

/** The refusal of a timestamp that no event can have; undefined when it is fine. */
export function refuseTime(timestamp: Temporal.Instant, now: Temporal.Instant): Problem | undefined {
  if (Temporal.Instant.compare(timestamp, now.add(tolerance)) > 0) {
    return invalidField('timestamp', 'Must not be more than 5 minutes in the future.')
  }
  if (Temporal.Instant.compare(timestamp, now.subtract(longestAgo)) < 0) {
    return invalidField('timestamp', 'Must not be older than 90 days.')
  }
  return undefined
}

function isWithin(instant: Temporal.Instant, of: Temporal.Instant): boolean {
  return (
    Temporal.Instant.compare(instant, of.add(tolerance)) <= 0 &&
    Temporal.Instant.compare(instant, of.subtract(tolerance)) >= 0
  )
}
