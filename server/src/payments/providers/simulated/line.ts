import { setTimeout as wait } from 'node:timers/promises'
import { ProviderUnreachable } from '#payments/provider.ts'

/** What tests do to the line to the processor. All false and 0: a good line. */
export type Faults = {
  /** Every call takes this long. */
  delayMs: number
  /** No call arrives. */
  refuseConnection: boolean
  /** A charge is booked, but the caller has given up when the answer comes. */
  timeoutAfterCharge: boolean
  /** Whatever is asked is done, and the answer is lost. */
  dropAnswer: boolean
}

export const goodLine: Readonly<Faults> = {
  delayMs: 0,
  refuseConnection: false,
  timeoutAfterCharge: false,
  dropAnswer: false,
}

/** Calls the processor over a line with these faults. */
export async function overLine<T>(
  faults: Readonly<Faults>,
  call: 'charge' | 'other',
  work: () => Promise<T>,
): Promise<T> {
  if (faults.delayMs > 0) await wait(faults.delayMs)
  if (faults.refuseConnection) throw new ProviderUnreachable('The simulated processor refused the connection.')
  const answer = await work()
  if (faults.timeoutAfterCharge && call === 'charge') {
    throw new ProviderUnreachable('The simulated processor did not answer in time.')
  }
  if (faults.dropAnswer)
    throw new ProviderUnreachable('The simulated processor closed the connection without an answer.')
  return answer
}
