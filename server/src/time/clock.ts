/** Where the machine's time comes from; tests hand in their own. */
export type Clock = () => Temporal.Instant

/** The machine's time in whole milliseconds, so that a moment reads back from database and answers as it was. */
export const machineNow: Clock = () => Temporal.Instant.fromEpochMilliseconds(Date.now())

/** The now of every billing rule: the test clock's where an organisation's has been moved, else the machine's. */
export function organisationNow(simulatedTime: Temporal.Instant | null, machine: Temporal.Instant): Temporal.Instant {
  return simulatedTime ?? machine
}
