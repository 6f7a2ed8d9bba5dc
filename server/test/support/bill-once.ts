import assert from 'node:assert/strict'
import { processBilling } from '#billing/actions/process-billing.ts'
import { findOrg } from '#organisations/sides.store.ts'
import type { Story } from './billing-stories.ts'

/** Everything due once, whatever becomes of its charges. */
export async function billOnce({ world }: Story): Promise<void> {
  const org = await findOrg(world.db, world.orgId)
  assert(org?.simulatedTime)
  const limits = {
    until: org.simulatedTime,
    lanes: 1,
    charges: 3,
    mostCustomers: 100,
    patienceMs: 0,
    resting: new Set<string>(),
  }
  await processBilling(world.app.services, org, { ...limits, onFailure: (_id, error) => assert.fail(String(error)) })
}
