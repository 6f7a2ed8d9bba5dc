import { requirePlanGroup } from '#catalogue/actions/require-entry.ts'
import type { Plan } from '#catalogue/plan.ts'
import { faultOfOrder, type OrderFault } from '#catalogue/plan-group.ts'
import { findGroupedPlans, reorderPlans } from '#catalogue/plans.store.ts'
import type { Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { moveVersion } from '#organisations/sides.store.ts'
import { invalidField } from '#problem.ts'

/** Sets the order of a group's plans, given by id or code. Refuses (422) unless it names exactly them, each once. */
export async function reorderGroupPlans(
  tx: Tx,
  context: Context,
  input: { groupId: string; plans: readonly string[] },
): Promise<void> {
  const { org, now } = context
  await moveVersion(tx, org.id)
  const group = await requirePlanGroup(tx, org.id, input.groupId)
  const plans = (await findGroupedPlans(tx, org.id, [group.id])).get(group.id) ?? []
  const order = input.plans.map((plan) => idOf(plan, plans))
  const ids = plans.map(({ id }) => id)
  const fault = faultOfOrder(order, ids)
  if (fault) throw invalidField('planIds', `Must name exactly the plans of this group, each once; ${sentence(fault)}.`)
  await reorderPlans(tx, org.id, order, now)
}

function idOf(idOrCode: string, plans: readonly Plan[]): string {
  return plans.find(({ id }) => id === idOrCode)?.id ?? plans.find(({ code }) => code === idOrCode)?.id ?? idOrCode
}

function sentence({ missing, foreign, repeated }: OrderFault): string {
  const parts = [
    ['missing', missing],
    ['not in it', foreign],
    ['named twice', repeated],
  ] as const
  return parts
    .filter(([, ids]) => ids.length > 0)
    .map(([fault, ids]) => `${fault}: ${ids.join(', ')}`)
    .join('; ')
}
