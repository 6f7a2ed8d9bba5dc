/** What usage draws on: included amounts and overage, a number of credits, or a prepaid balance. */
export const consumptionModels = ['metered', 'credits', 'balance'] as const
export type ConsumptionModel = (typeof consumptionModels)[number]

export type PlanMetadata = { readonly [key: string]: unknown }

export type Plan = {
  readonly id: string
  readonly code: string
  readonly name: string
  readonly description: string | null
  readonly consumptionModel: ConsumptionModel
  readonly isPublic: boolean
  readonly isDefault: boolean
  readonly isFree: boolean
  /** Balance plans: refuse usage that the balance does not cover instead of billing the overdraft. */
  readonly blockOnExhaustion: boolean
  readonly metadata: PlanMetadata | null
  readonly planGroupId: string | null
  /** The place in the group, lowest first; 0 outside of a group. */
  readonly sortOrder: number
  /** Live subscriptions keep a deleted plan; nobody can select it any more. */
  readonly deletedAt: Temporal.Instant | null
  readonly createdAt: Temporal.Instant
  readonly updatedAt: Temporal.Instant
}

/**
 * The order of two plans of one group: negative when the first is the lower one. Plans with the same sort order are
 * ranked by creation, so that two different plans never tie.
 */
export function compareRank(a: Pick<Plan, 'id' | 'sortOrder'>, b: Pick<Plan, 'id' | 'sortOrder'>): number {
  if (a.sortOrder !== b.sortOrder) return a.sortOrder - b.sortOrder
  if (a.id === b.id) return 0
  return a.id < b.id ? -1 : 1
}
