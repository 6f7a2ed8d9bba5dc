import { type Selectable, sql } from 'kysely'
import { fromRow, type RecordOf } from '#database/records.ts'
import type { PayoutAccountTable, PayoutBankAccountTable, PayoutTable } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { type BalanceFacts, settlementDays } from '#payments/payout.ts'
import type { ProviderName } from '#payments/provider.ts'

export type PayoutAccount = RecordOf<Selectable<PayoutAccountTable>>
export type BankAccount = RecordOf<Selectable<PayoutBankAccountTable>>
export type Payout = RecordOf<Selectable<PayoutTable>>
export type PayoutRequest = { readonly key: Context['idempotency']; readonly at: Temporal.Instant }

const keyIsKept = Temporal.Duration.from({ hours: 24 })

/** Whose row serialises everything that a side pays out. */
export async function lockPayoutAccount(tx: Tx, orgId: string): Promise<PayoutAccount | undefined> {
  const row = await tx
    .selectFrom('payout_account')
    .selectAll()
    .where('org_id', '=', orgId)
    .forUpdate()
    .executeTakeFirst()
  return row && fromRow(row)
}

/** Writes a side's account, or gives the one that is there: `isNew` says which. */
export async function insertPayoutAccount(
  tx: Tx,
  account: PayoutAccount,
): Promise<{ account: PayoutAccount; isNew: boolean }> {
  const row = await tx
    .insertInto('payout_account')
    .values({
      org_id: account.orgId,
      provider: account.provider,
      provider_account_id: account.providerAccountId,
      connection_id: account.connectionId,
      status: account.status,
      business_type: account.businessType,
      country: account.country,
      told_until: account.toldUntil,
      created_at: account.createdAt,
      updated_at: account.updatedAt,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()
  if (row) return { account: fromRow(row), isNew: true }
  const there = await findPayoutAccount(tx, account.orgId)
  if (!there) throw new Error('an account that is in the way is there')
  return { account: there, isNew: false }
}

/** Writes what the provider says of a side's account now. */
export async function updatePayoutAccount(
  tx: Tx,
  orgId: string,
  changes: Pick<PayoutAccount, 'status' | 'updatedAt'>,
): Promise<PayoutAccount> {
  const row = await tx
    .updateTable('payout_account')
    .set({ status: changes.status, updated_at: changes.updatedAt })
    .where('org_id', '=', orgId)
    .returningAll()
    .executeTakeFirstOrThrow()
  return fromRow(row)
}

/** What was asked for and has not reached the provider as far as we know, in minor units. */
export async function unsentPayouts(db: Db, orgId: string, currency: string): Promise<bigint> {
  const { rows } = await sql<{ unsent: bigint }>`
    select coalesce(sum(amount), 0)::bigint as unsent from payout
    where org_id = ${orgId} and currency = ${currency} and status = 'pending'`.execute(db)
  return rows[0]?.unsent ?? 0n
}

/** Writes a bank account; as the default it takes the place of the old one. */
export async function insertBankAccount(tx: Tx, account: BankAccount): Promise<BankAccount> {
  const { orgId } = account
  const accounts = tx.updateTable('payout_bank_account').where('org_id', '=', orgId)
  if (account.isDefault) await accounts.set({ is_default: false }).where('is_default', '=', true).execute()
  const row = await tx
    .insertInto('payout_bank_account')
    .values({
      org_id: orgId,
      id: account.id,
      provider_token: account.providerToken,
      holder_name: account.holderName,
      last4: account.last4,
      bank_name: account.bankName,
      country: account.country,
      currency: account.currency,
      account_type: account.accountType,
      is_default: account.isDefault,
      status: account.status,
      created_at: account.createdAt,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return fromRow(row)
}

export async function findDefaultBankAccount(db: Db, orgId: string): Promise<BankAccount | undefined> {
  const row = await db
    .selectFrom('payout_bank_account')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('is_default', '=', true)
    .executeTakeFirst()
  return row && fromRow(row)
}

export async function findBankAccount(db: Db, orgId: string, id: string): Promise<BankAccount | undefined> {
  const row = await db
    .selectFrom('payout_bank_account')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** What a side's balance is made of at a moment, in minor units of the currency. */
export async function balanceFacts(
  db: Db,
  orgId: string,
  currency: string,
  now: Temporal.Instant,
): Promise<BalanceFacts> {
  const { rows } = await sql<BalanceFacts>`
    select coalesce(sum(amount) filter (where paid_at <= since.at), 0)::bigint as settled,
      coalesce(sum(amount) filter (where paid_at > since.at), 0)::bigint as pending,
      coalesce(sum(amount) filter (where state = 'refunded'), 0)::bigint as refunded,
      coalesce(sum(amount) filter (where state = 'disputed'), 0)::bigint as disputed,
      0::bigint as fees,
      (select coalesce(sum(amount), 0) from payout where org_id = ${orgId} and currency = ${currency}
        and status not in ('failed', 'canceled'))::bigint as "paidOut"
    from payment_transaction,
      (select ${now}::timestamptz - make_interval(days => ${settlementDays}) as at) as since
    where org_id = ${orgId} and currency = ${currency} and kind = 'charge' and provider = 'commet'
      and state in ('succeeded', 'refunded', 'disputed')`.execute(db)
  const [facts] = rows
  if (!facts) throw new Error('a sum has one row')
  return facts
}

/** Whether a charge became available after one moment and until another. */
export async function hasBecomeAvailable(
  db: Db,
  orgId: string,
  after: Temporal.Instant,
  until: Temporal.Instant,
): Promise<boolean> {
  const row = await db
    .selectFrom('payment_transaction')
    .select('id')
    .where('org_id', '=', orgId)
    .where('provider', '=', 'commet')
    .where('state', '=', 'succeeded')
    .where('kind', '=', 'charge')
    .where('paid_at', '>', after.subtract({ hours: 24 * settlementDays }))
    .where('paid_at', '<=', until.subtract({ hours: 24 * settlementDays }))
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

export async function markTold(tx: Tx, orgId: string, until: Temporal.Instant): Promise<void> {
  await tx.updateTable('payout_account').set({ told_until: until }).where('org_id', '=', orgId).execute()
}

/** The sides that are paid out by a provider. */
export async function listPayoutSides(db: Db, provider: ProviderName): Promise<string[]> {
  const rows = await db
    .selectFrom('payout_account')
    .select('org_id')
    .where('provider', '=', provider)
    .orderBy('org_id')
    .execute()
  return rows.map((row) => row.org_id)
}

export async function findPayoutAccount(db: Db, orgId: string): Promise<PayoutAccount | undefined> {
  const row = await db.selectFrom('payout_account').selectAll().where('org_id', '=', orgId).executeTakeFirst()
  return row && fromRow(row)
}

export async function findPayout(db: Db, orgId: string, id: string): Promise<Payout | undefined> {
  const row = await db
    .selectFrom('payout')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && fromRow(row)
}

export type NewPayout = Pick<
  Payout,
  'orgId' | 'id' | 'bankAccountId' | 'amount' | 'currency' | 'description' | 'createdAt'
>

export async function insertPayout(tx: Tx, payout: NewPayout, request: PayoutRequest): Promise<Payout> {
  const row = await tx
    .insertInto('payout')
    .values({
      org_id: payout.orgId,
      id: payout.id,
      bank_account_id: payout.bankAccountId,
      status: 'pending',
      amount: payout.amount,
      currency: payout.currency,
      description: payout.description,
      look_again_at: sql<Temporal.Instant>`now() + interval '30 seconds'`,
      request_key: request.key?.key ?? null,
      request_fingerprint: request.key?.fingerprint ?? null,
      requested_at: request.at,
      created_at: payout.createdAt,
      updated_at: payout.createdAt,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return fromRow(row)
}

/** The payout that an earlier delivery of the same request began. */
export async function findPayoutBegunBy(
  tx: Tx,
  orgId: string,
  { key, at }: PayoutRequest,
): Promise<Payout | undefined> {
  if (key === null) return undefined
  const row = await tx
    .selectFrom('payout')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('request_key', '=', key.key)
    .where('request_fingerprint', '=', key.fingerprint)
    .where('requested_at', '>', at.subtract(keyIsKept))
    .limit(1)
    .executeTakeFirst()
  return row && fromRow(row)
}

export async function lockPayout(tx: Tx, orgId: string, id: string): Promise<Payout | undefined> {
  const row = await tx
    .selectFrom('payout')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst()
  return row && fromRow(row)
}

/** Changes a locked payout; one that is over is looked at no more. */
export async function updatePayout(
  tx: Tx,
  { orgId, id }: Pick<Payout, 'orgId' | 'id'>,
  changes: Pick<Payout, 'status' | 'updatedAt'> &
    Partial<Pick<Payout, 'providerReference' | 'failureCode' | 'failureMessage' | 'settledAt'>>,
): Promise<Payout> {
  const isOver = changes.status === 'paid' || changes.status === 'failed'
  const row = await tx
    .updateTable('payout')
    .set({
      status: changes.status,
      updated_at: changes.updatedAt,
      provider_reference: changes.providerReference,
      failure_code: changes.failureCode,
      failure_message: changes.failureMessage,
      settled_at: changes.settledAt,
      ...(isOver ? { look_again_at: null } : {}),
    })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
  return fromRow(row)
}

/** Takes payouts whose time to be looked at has come, of all sides, and sets the time of the next look. */
export async function takeDuePayouts(tx: Tx, now: Temporal.Instant, limit: number): Promise<Payout[]> {
  const due = tx
    .selectFrom('payout')
    .select(['org_id', 'id'])
    .where('status', 'in', ['pending', 'in_transit'])
    .where('look_again_at', '<=', now)
    .orderBy('look_again_at')
    .limit(limit)
    .forUpdate()
    .skipLocked()
  const rows = await tx
    .with('due', () => due)
    .updateTable('payout')
    .from('due')
    .whereRef('payout.org_id', '=', 'due.org_id')
    .whereRef('payout.id', '=', 'due.id')
    .set({ look_again_at: now.add({ minutes: 5 }) })
    .returningAll('payout')
    .execute()
  return rows.map((row) => fromRow(row))
}
