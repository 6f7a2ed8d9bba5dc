import type { Selectable } from 'kysely'
import { fromRow, type RecordOf, toRow } from '#database/records.ts'
import type { WithdrawalTable } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'

/** A customer's withdrawal from a contract: a subscription (`sub_…`) or a purchase beside it (`inv_…`), as it was concluded then. */
export type WithdrawalRecord = Omit<RecordOf<Selectable<WithdrawalTable>>, 'orgId'>

/** Writes a withdrawal down. Call it with the customer locked, after having looked for one. */
export async function insertWithdrawal(tx: Tx, orgId: string, withdrawal: WithdrawalRecord): Promise<void> {
  await tx
    .insertInto('withdrawal')
    .values({ ...(toRow(withdrawal) as Selectable<WithdrawalTable>), org_id: orgId })
    .execute()
}

/** The withdrawal from a contract that was concluded then. */
export async function findWithdrawal(
  db: Db,
  orgId: string,
  contractId: string,
  concludedAt: Temporal.Instant,
): Promise<WithdrawalRecord | undefined> {
  const row = await db
    .selectFrom('withdrawal')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('contract_id', '=', contractId)
    .where('concluded_at', '=', concludedAt)
    .executeTakeFirst()
  return row && fromRow(row)
}
