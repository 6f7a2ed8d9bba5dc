import { sql } from 'kysely'
import type { Tx } from '#database/transaction.ts'

/** Retries a customer may ask for on one day (billing.md, Dunning). */
export const retriesADay = 3

/** Counts a retry that a customer asks for on a UTC day; false, and nothing is counted, when the day's are used up. */
export async function countPortalRetry(
  tx: Tx,
  orgId: string,
  subscriptionId: string,
  today: Temporal.PlainDate,
): Promise<boolean> {
  const counted = await tx
    .insertInto('portal_retry')
    .values({ org_id: orgId, subscription_id: subscriptionId, tried_on: today, tries: 1 })
    .onConflict((conflict) =>
      conflict
        .columns(['org_id', 'subscription_id', 'tried_on'])
        .doUpdateSet({ tries: sql`portal_retry.tries + 1` })
        .where('portal_retry.tries', '<', retriesADay),
    )
    .returning('tries')
    .executeTakeFirst()
  return counted !== undefined
}
