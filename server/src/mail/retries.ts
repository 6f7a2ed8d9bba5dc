const delaysMinutes = [1, 5, 15, 60, 240, 720, 1440]

/** When a mail that failed for the `attempts`th time (1 = first) is tried again; null when it is given up: after some two days. */
export function nextAttempt(attempts: number, now: Temporal.Instant): Temporal.Instant | null {
  const minutes = delaysMinutes[attempts - 1]
  return minutes === undefined ? null : now.add({ minutes })
}
