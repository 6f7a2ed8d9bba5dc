import { type Selectable, sql } from 'kysely'
import type { TaxAnswerTable } from '#database/tables.generated.ts'
import type { Db } from '#database/transaction.ts'
import type { AnsweredRate, KeptAnswer, TaxAnswer } from '#tax/asked-tax.ts'

// A rate of JSON is a number: millionths are small.
type StoredRate = Omit<AnsweredRate, 'rate'> & { readonly rate: number }

/** What was answered to some questions at a connection, by their keys; one that was never asked is not there. */
export async function findAnswers(
  db: Db,
  orgId: string,
  connectionId: string,
  questions: readonly string[],
): Promise<Map<string, KeptAnswer>> {
  if (questions.length === 0) return new Map()
  const rows = await db
    .selectFrom('tax_answer')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('connection_id', '=', connectionId)
    .where('question', 'in', [...questions])
    .execute()
  return new Map(rows.map((row) => [row.question, answerOf(row)]))
}

/** Keeps an answer in place of the one before. One that was asked for earlier and comes in later does not replace it. */
export async function saveAnswer(
  db: Db,
  orgId: string,
  connectionId: string,
  question: string,
  { treatment, place, rates }: TaxAnswer,
  askedAt: Temporal.Instant,
): Promise<void> {
  const answer = {
    treatment,
    country: place?.country ?? null,
    region: place?.region ?? null,
    rates: JSON.stringify(rates.map((rate): StoredRate => ({ ...rate, rate: Number(rate.rate) }))),
    asked_at: askedAt,
    tried_at: null,
  }
  await db
    .insertInto('tax_answer')
    .values({ org_id: orgId, connection_id: connectionId, question, ...answer })
    .onConflict((conflict) =>
      conflict
        .columns(['org_id', 'connection_id', 'question'])
        .doUpdateSet(answer)
        .where('tax_answer.asked_at', '<=', askedAt),
    )
    .execute()
}

/** Notes that some questions were asked again in vain; those that were never answered have nothing to be noted on. */
export async function noteTried(
  db: Db,
  orgId: string,
  connectionId: string,
  questions: readonly string[],
  triedAt: Temporal.Instant,
): Promise<void> {
  if (questions.length === 0) return
  await db
    .updateTable('tax_answer')
    .set({ tried_at: triedAt })
    .where('org_id', '=', orgId)
    .where('connection_id', '=', connectionId)
    .where('question', 'in', [...questions])
    .execute()
}

/** Makes every answer of a side an old one, so that all is asked anew; until then it is what is known. Gives how many. */
export async function ageAnswers(db: Db, orgId: string): Promise<bigint> {
  const { numUpdatedRows } = await db
    .updateTable('tax_answer')
    .set({ asked_at: sql`asked_at - interval '24 hours'`, tried_at: null })
    .where('org_id', '=', orgId)
    .executeTakeFirst()
  return numUpdatedRows
}

/** Forgets what nobody asked for again in so long that nothing can be due by it any more. */
export async function deleteOldAnswers(db: Db, before: Temporal.Instant): Promise<void> {
  await db.deleteFrom('tax_answer').where('asked_at', '<', before).execute()
}

function answerOf(row: Selectable<TaxAnswerTable>): KeptAnswer {
  return {
    treatment: row.treatment,
    place: row.country === null ? null : { country: row.country, region: row.region },
    rates: (row.rates as unknown as StoredRate[]).map((rate) => ({ ...rate, rate: BigInt(rate.rate) })),
    askedAt: row.asked_at,
    triedAt: row.tried_at,
  }
}
