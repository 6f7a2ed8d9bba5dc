import assert from 'node:assert/strict'
import type { Tx } from '#database/transaction.ts'
import type { Org } from '#organisations/org.ts'
import { findOrg, moveVersion, saveSimulatedTime } from '#organisations/sides.store.ts'
import { type ClockAdvance, decideAdvance, type TestClockState, testClockOf } from '#organisations/test-clock.ts'

/**
 * Moves a sandbox's clock forward from where it stands, or from `realNow` when it was never moved. 403 `sandbox_only` for the
 * live side.
 */
export async function advanceTestClock(
  tx: Tx,
  { id }: Pick<Org, 'id'>,
  input: ClockAdvance & { readonly realNow: Temporal.Instant },
): Promise<TestClockState> {
  await moveVersion(tx, id)
  // Read anew: whoever moved the clock meanwhile had the side locked.
  const org = await findOrg(tx, id)
  assert(org, `side ${id} exists`)
  const time = decideAdvance(testClockOf(org, input.realNow).now, input)
  await saveSimulatedTime(tx, id, time, input.realNow)
  return { simulatedTime: time, now: time }
}
