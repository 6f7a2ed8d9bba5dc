import { type FullPlan, loadPlan } from '#catalogue/actions/load-plan.ts'
import { refuseForeignModel } from '#catalogue/actions/refuse-foreign-model.ts'
import { requirePlanGroup } from '#catalogue/actions/require-entry.ts'
import type { Plan } from '#catalogue/plan.ts'
import { placeAtEnd } from '#catalogue/plan-group.ts'
import { findGroupedPlans, findPlanByCode, insertPlan, type NewPlan, unsetDefaultPlan } from '#catalogue/plans.store.ts'
import type { Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import type { Context } from '#organisations/org.ts'
import { moveVersion } from '#organisations/sides.store.ts'
import { invalidField, Problem } from '#problem.ts'

/** Adds a plan to the catalogue, at the end of its group if it names one. Refuses a code that is taken with `duplicate`. */
export async function createPlan(
  tx: Tx,
  context: Context,
  input: Omit<NewPlan, 'id' | 'sortOrder'>,
): Promise<FullPlan> {
  const { org, now } = context
  await moveVersion(tx, org.id)
  if (input.blockOnExhaustion && input.consumptionModel !== 'balance') {
    throw invalidField(
      'blockOnExhaustion',
      `Only balance plans have a balance to exhaust; this is a ${input.consumptionModel} plan.`,
    )
  }
  if (await findPlanByCode(tx, org.id, input.code)) {
    throw new Problem(
      'duplicate',
      `A plan with the code ${input.code} exists already. Use it, or choose another code.`,
      { param: 'code' },
    )
  }
  const sortOrder = await placeInGroup(tx, org.id, input)
  if (input.isDefault) await unsetDefaultPlan(tx, org.id, now)
  const plan = await insertPlan(tx, org.id, { id: newId('pln'), ...input, sortOrder }, now)
  return loadPlan(tx, org.id, plan)
}

async function placeInGroup(
  tx: Tx,
  orgId: string,
  plan: Pick<Plan, 'planGroupId' | 'consumptionModel' | 'isFree'>,
): Promise<number> {
  if (plan.planGroupId === null) return 0
  const group = await requirePlanGroup(tx, orgId, plan.planGroupId)
  const others = (await findGroupedPlans(tx, orgId, [group.id])).get(group.id) ?? []
  refuseForeignModel('planGroupId', plan, others)
  return placeAtEnd(others)
}
