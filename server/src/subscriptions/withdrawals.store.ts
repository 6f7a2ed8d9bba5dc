import { type Selectable, sql } from 'kysely'
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

/** The withdrawal from a contract, as it was concluded for the given time: 1 is the first. */
export async function findWithdrawal(
  db: Db,
  orgId: string,
  contractId: string,
  conclusion: number,
): Promise<WithdrawalRecord | undefined> {
  const row = await db
    .selectFrom('withdrawal')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('contract_id', '=', contractId)
    .where('conclusion', '=', conclusion)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** Whether a customer withdrew from what a charge of theirs had paid while it was disputed. */
export async function isOwedByWithdrawal(
  db: Db,
  orgId: string,
  { id, customerId }: { readonly id: string; readonly customerId: string },
): Promise<boolean> {
  const row = await db
    .selectFrom('withdrawal')
    .select('contract_id')
    .where('org_id', '=', orgId)
    .where('customer_id', '=', customerId)
    .where(sql<boolean>`${id} = any(disputed)`)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** How many contracts a customer has withdrawn from. */
export async function countWithdrawals(db: Db, orgId: string, customerId: string): Promise<bigint> {
  const { count } = await db
    .selectFrom('withdrawal')
    .select(sql<bigint>`count(*)`.as('count'))
    .where('org_id', '=', orgId)
    .where('customer_id', '=', customerId)
    .executeTakeFirstOrThrow()
  return count
}
