import type { Plan } from '#catalogue/plan.ts'
import { fitsGroup, modelOfGroup } from '#catalogue/plan-group.ts'
import { invalidField } from '#problem.ts'

/** Refuses (422 on `field`) a plan whose consumption model differs from that of the group's plans. */
export function refuseForeignModel(
  field: string,
  plan: Pick<Plan, 'consumptionModel' | 'isFree'>,
  others: readonly Plan[],
): void {
  if (fitsGroup(plan, others)) return
  throw invalidField(
    field,
    `The plans of this group are ${modelOfGroup(others)} plans and this is a ${plan.consumptionModel} plan. Plans of one group share a consumption model, free plans aside.`,
  )
}
