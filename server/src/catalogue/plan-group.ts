import type { ConsumptionModel, Plan } from '#catalogue/plan.ts'

/** Plans between which customers can change. The order of the plans in it says what is an upgrade. */
export type PlanGroup = {
  readonly id: string
  readonly name: string
  readonly description: string | null
  readonly isPublic: boolean
  readonly createdAt: Temporal.Instant
  readonly updatedAt: Temporal.Instant
}

type Member = Pick<Plan, 'consumptionModel' | 'isFree'>

/** The consumption model that a group's plans share, free plans aside; null while it has none that counts. */
export function modelOfGroup(plans: readonly Member[]): ConsumptionModel | null {
  return plans.find((plan) => !plan.isFree)?.consumptionModel ?? null
}

/** Whether a plan may stand beside these: all plans of a group that are not free share one consumption model. */
export function fitsGroup(plan: Member, plans: readonly Member[]): boolean {
  const model = modelOfGroup(plans)
  return plan.isFree || model === null || model === plan.consumptionModel
}

/** The sort order behind the last of a group's plans. */
export function placeAtEnd(plans: readonly Pick<Plan, 'sortOrder'>[]): number {
  return plans.reduce((last, { sortOrder }) => Math.max(last, sortOrder), -1) + 1
}

export type OrderFault = { readonly missing: string[]; readonly foreign: string[]; readonly repeated: string[] }

/** What keeps an order from naming exactly the plans of a group, each once; null when it does. */
export function faultOfOrder(order: readonly string[], plans: readonly string[]): OrderFault | null {
  const missing = plans.filter((id) => !order.includes(id))
  const foreign = order.filter((id) => !plans.includes(id))
  const repeated = [...new Set(order.filter((id, index) => order.indexOf(id) !== index))]
  return missing.length + foreign.length + repeated.length === 0 ? null : { missing, foreign, repeated }
}
