import type { Org } from '#organisations/org.ts'
import { invalidField, Problem } from '#problem.ts'
import { organisationNow } from '#time/clock.ts'

/** How far a test clock is to go: exactly one of the two. */
export type ClockAdvance = {
  readonly advanceDays?: number | undefined
  readonly frozenTime?: Temporal.Instant | undefined
}

/** A test clock as it stands; `simulatedTime` is null until it is first moved. */
export type TestClockState = { readonly simulatedTime: Temporal.Instant | null; readonly now: Temporal.Instant }

/**
 * The state of a side's clock; `realNow` counts until it is first moved. 403 `sandbox_only` for the live side, where time
 * cannot be moved.
 */
export function testClockOf(org: Org, realNow: Temporal.Instant): TestClockState {
  if (org.livemode) throw new Problem('sandbox_only', 'There is a test clock in sandbox only. Use a ck_test_ key.')
  return { simulatedTime: org.simulatedTime, now: organisationNow(org.simulatedTime, realNow) }
}

const longestStepYears = 2
// Beyond the year 9999 a time has no ISO text of four-digit years, and billing looks some years ahead.
const endOfTime = Temporal.Instant.from('9000-01-01T00:00:00Z')

/**
 * Where the clock stands after the step. Days are counted from the organisation's present time, which is real time before the
 * first step. 422 when not exactly one field is given, the clock would not go forward, or the step is over two years.
 */
export function decideAdvance(now: Temporal.Instant, { advanceDays, frozenTime }: ClockAdvance): Temporal.Instant {
  if ((advanceDays === undefined) === (frozenTime === undefined)) {
    throw invalidField('advanceDays', 'Give either advanceDays or frozenTime.')
  }
  const field = frozenTime ? 'frozenTime' : 'advanceDays'
  const target = frozenTime ? wholeMilliseconds(frozenTime) : now.add({ hours: 24 * (advanceDays ?? 0) })
  if (Temporal.Instant.compare(target, now) <= 0) {
    throw invalidField(field, `The clock only moves forward, and it is ${textOf(now)} already.`)
  }
  const furthest = now.toZonedDateTimeISO('UTC').add({ years: longestStepYears }).toInstant()
  if (Temporal.Instant.compare(target, furthest) > 0) {
    throw invalidField(field, `A step is at most ${longestStepYears} years, here up to ${textOf(furthest)}.`)
  }
  if (Temporal.Instant.compare(target, endOfTime) > 0) throw invalidField(field, 'The clock ends with the year 8999.')
  return target
}

function wholeMilliseconds(instant: Temporal.Instant): Temporal.Instant {
  return instant.round({ smallestUnit: 'millisecond', roundingMode: 'floor' })
}

function textOf(instant: Temporal.Instant): string {
  return instant.toString({ smallestUnit: 'millisecond' })
}
