import type { Db } from '#database/transaction.ts'

type Books = {
  'simulated_processor.bank_account': {
    token: string
    last4: string
    failure_code: string | null
    created_at: Temporal.Instant
  }
  'simulated_processor.payout': {
    id: string
    idempotency_key: string
    bank_token: string
    amount: bigint
    currency: string
    created_at: Temporal.Instant
  }
}

/** A payout as the processor's books have it; `failureCode` is what its bank answers. */
export type BookedPayout = {
  readonly id: string
  readonly amount: bigint
  readonly currency: string
  readonly bankToken: string
  readonly failureCode: string | null
  readonly createdAt: Temporal.Instant
}

/** Keeps a bank account under its token: of its number the last characters. */
export async function insertBankAccount(
  db: Db,
  account: { readonly token: string; readonly last4: string; readonly failureCode: string | null },
  now: Temporal.Instant,
): Promise<void> {
  const { token, last4, failureCode } = account
  await books(db)
    .insertInto('simulated_processor.bank_account')
    .values({ token, last4, failure_code: failureCode, created_at: now })
    .execute()
}

/** Books a payout unless its key is taken, and gives what is booked under it. */
export async function bookPayout(
  db: Db,
  payout: { id: string; idempotencyKey: string; bankToken: string; amount: bigint; currency: string },
  now: Temporal.Instant,
): Promise<BookedPayout> {
  await books(db)
    .insertInto('simulated_processor.payout')
    .values({
      id: payout.id,
      idempotency_key: payout.idempotencyKey,
      bank_token: payout.bankToken,
      amount: payout.amount,
      currency: payout.currency,
      created_at: now,
    })
    .onConflict((conflict) => conflict.column('idempotency_key').doNothing())
    .execute()
  const row = await books(db)
    .selectFrom('simulated_processor.payout as payout')
    .innerJoin('simulated_processor.bank_account as bank', 'bank.token', 'payout.bank_token')
    .selectAll('payout')
    .select('bank.failure_code')
    .where('idempotency_key', '=', payout.idempotencyKey)
    .executeTakeFirstOrThrow()
  return {
    id: row.id,
    amount: row.amount,
    currency: row.currency,
    bankToken: row.bank_token,
    failureCode: row.failure_code,
    createdAt: row.created_at,
  }
}

function books(db: Db) {
  return db.$extendTables<Books>()
}
