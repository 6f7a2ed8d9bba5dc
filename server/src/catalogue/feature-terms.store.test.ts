import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { removePlanFeature } from '#catalogue/actions/remove-plan-feature.ts'
import { updatePlanFeature } from '#catalogue/actions/update-plan-feature.ts'
import type { Changes } from '#catalogue/changes.ts'
import { loadPlanTerms, revisionInForce } from '#catalogue/feature-terms.store.ts'
import type { PlanFeatureSettings } from '#catalogue/plan-feature.ts'
import { inTransaction } from '#database/transaction.ts'
import { newFeature, newPlan, newPlanFeature } from '../../test/support/catalogue.ts'
import { cloneDatabase } from '../../test/support/database.ts'
import { contextAt, newOrganisation } from '../../test/support/organisations.ts'

const database = await cloneDatabase()
const { db } = database
after(() => database.drop())

const on = (day: string) => Temporal.Instant.from(`${day}T12:00:00Z`)
const midnight = (day: string) => Temporal.Instant.from(`${day}T00:00:00Z`)

/** A plan with 1,000 calls included and $0.02 beyond since 1 June. */
async function planWithCalls() {
  const { sandbox: org } = await newOrganisation(db)
  const context = contextAt(org, on('2026-06-01'))
  const plan = await newPlan(db, context)
  const feature = await newFeature(db, context, { code: 'calls' })
  await newPlanFeature(db, context, plan, feature)
  const names = { plan: plan.id, feature: feature.id }
  return {
    org,
    context,
    plan,
    change: (day: string, changes: Changes<PlanFeatureSettings>) =>
      inTransaction(db, (tx) => updatePlanFeature(tx, contextAt(org, on(day)), { ...names, changes })),
    remove: (day: string) => inTransaction(db, (tx) => removePlanFeature(tx, contextAt(org, on(day)), names)),
    async termsFrom(day: string, before?: string) {
      const sinceRevision = await revisionInForce(db, org.id, midnight(day))
      const scope = { sinceRevision, region: null, ...(before ? { before: midnight(before) } : {}) }
      return loadPlanTerms(db, org.id, plan.id, scope)
    },
  }
}

test('a window keeps its price when it is raised, the next window has the new one', async () => {
  const { change, termsFrom } = await planWithCalls()
  await change('2026-06-20', { overageUnitPrice: 500n })
  const [june] = await termsFrom('2026-06-10')
  assert.equal(june?.code, 'calls')
  assert.equal(june?.includedAmount, 1_000_000_000n)
  assert.equal(june?.overageUnitPrice, 200n)
  const [july] = await termsFrom('2026-07-10')
  assert.equal(july?.overageUnitPrice, 500n)
})

test('a lowered price holds for the whole running window', async () => {
  const { change, termsFrom } = await planWithCalls()
  await change('2026-06-20', { overageUnitPrice: 100n })
  const [june] = await termsFrom('2026-06-10')
  assert.equal(june?.overageUnitPrice, 100n)
})

test('a window that is billed late does not see what changed after its end', async () => {
  const { change, termsFrom } = await planWithCalls()
  await change('2026-07-15', { overageUnitPrice: 100n, includedAmount: 5_000_000_000n })
  const [june] = await termsFrom('2026-06-10', '2026-07-10')
  assert.equal(june?.overageUnitPrice, 200n)
  assert.equal(june?.includedAmount, 1_000_000_000n)
})

test('a feature added during a window is in its terms, and one removed stays to its end', async () => {
  const { context, plan, remove, termsFrom, org } = await planWithCalls()
  await remove('2026-06-20')
  const seats = await newFeature(db, context, { code: 'seats', type: 'seats' })
  await newPlanFeature(db, contextAt(org, on('2026-06-21')), plan, seats)
  const codes = (await termsFrom('2026-06-10')).map(({ code }) => code)
  assert.deepEqual(codes, ['seats', 'calls'])
  const july = (await termsFrom('2026-07-10')).map(({ code }) => code)
  assert.deepEqual(july, ['seats'])
})

test('a feature that was removed before a window began is not in its terms', async () => {
  const { remove, termsFrom } = await planWithCalls()
  await remove('2026-06-05')
  assert.deepEqual(await termsFrom('2026-06-10'), [])
})

test('before the first change nothing is in force', async () => {
  const { org } = await planWithCalls()
  assert.equal(await revisionInForce(db, org.id, midnight('2026-06-01')), 0n)
})

test('terms and revisions of another organisation are out of reach', async () => {
  const { plan } = await planWithCalls()
  const { sandbox: stranger } = await newOrganisation(db)
  assert.deepEqual(await loadPlanTerms(db, stranger.id, plan.id, { sinceRevision: 1_000n, region: null }), [])
  assert.equal(await revisionInForce(db, stranger.id, on('2030-01-01')), 0n)
})
