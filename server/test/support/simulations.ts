import assert from 'node:assert/strict'
import type { WrittenDraft } from '#billing/actions/resolve-draft.ts'
import { runSimulation } from '#billing/actions/run-simulation.ts'
import { differenceOf } from '#billing/simulation/tally.ts'
import type { World } from './world.ts'

const unchanged: Omit<WrittenDraft, 'planCode'> = { discounts: 'keep', prices: [], features: [] }

type Given = { readonly planCode: string; readonly draft?: Omit<WrittenDraft, 'planCode'> }

/**
 * Bills everything of a plan again under a draft that says nothing, or one that says what the plan said: it comes to what was
 * invoiced, to the cent. Gives the number of windows.
 */
export async function assertSimulatesItself(
  { db, orgId }: Pick<World, 'db' | 'orgId'>,
  { planCode, draft = unchanged }: Given,
): Promise<number> {
  const side = await db
    .selectFrom('side')
    .select(['simulated_time'])
    .where('org_id', '=', orgId)
    .executeTakeFirstOrThrow()
  assert(side.simulated_time, 'a story has its own time')
  const request = { plan: { planCode, ...draft }, months: 36, customers: 1_000 }
  const { top, windows } = await runSimulation(db, orgId, request, side.simulated_time)
  for (const one of top) {
    const lines = [...one.byLineType].map(([type, sum]) => `${type} ${sum.invoiced} → ${sum.simulated}`)
    for (const sum of [one, ...one.byLineType.values()]) {
      assert.equal(differenceOf(sum), 0n, `${planCode}, ${one.customerId}: ${lines.join(', ')}`)
    }
  }
  return windows
}
