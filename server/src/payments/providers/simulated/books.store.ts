import { sql } from 'kysely'
import type { Db, Tx } from '#database/transaction.ts'
import type { ChargeRequest } from '#payments/provider.ts'
import type { CardFacts, Outcome } from '#payments/providers/simulated/outcome.ts'
import type { Behaviour, DeclineCode, TestCard } from '#payments/providers/simulated/test-cards.ts'

type CardTable = {
  token: string
  behaviour: Behaviour
  decline_code: DeclineCode | null
  brand: string
  last4: string
  exp_month: number
  exp_year: number
  country: string | null
  created_at: Temporal.Instant
}

type ChargeTable = {
  id: string
  idempotency_key: string
  kind: 'charge' | 'setup'
  card_token: string
  amount: bigint
  currency: string
  off_session: boolean
  state: 'succeeded' | 'declined' | 'requires_action' | 'canceled'
  decline_code: DeclineCode | null
  action_id: string | null
  metadata: string
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
}

type Books = { 'simulated_processor.card': CardTable; 'simulated_processor.charge': ChargeTable }

/** A charge with the card it is on, as the processor's books have it. */
export type BookedCharge = {
  readonly id: string
  readonly kind: 'charge' | 'setup'
  readonly token: string
  readonly amount: bigint
  readonly currency: string
  readonly offSession: boolean
  readonly state: ChargeTable['state']
  readonly declineCode: DeclineCode | null
  readonly actionId: string | null
  readonly card: {
    readonly brand: string
    readonly last4: string
    readonly expMonth: number
    readonly expYear: number
    readonly country: string | null
  }
  /** What the card answers in spite of an approved authentication. */
  readonly cardDeclineCode: DeclineCode | null
}

/** Keeps a card under its token: everything but the number and the code. */
export async function insertCard(
  db: Db,
  token: string,
  card: TestCard & { last4: string; expMonth: number; expYear: number },
  now: Temporal.Instant,
): Promise<void> {
  const { behaviour, declineCode, brand, last4, expMonth, expYear, country } = card
  await books(db)
    .insertInto('simulated_processor.card')
    .values({
      token,
      behaviour,
      decline_code: declineCode,
      brand,
      last4,
      exp_month: expMonth,
      exp_year: expYear,
      country,
      created_at: now,
    })
    .execute()
}

/** A vaulted card as the books have it. It never changes. */
export type BookedCard = Pick<CardFacts, 'behaviour' | 'declineCode'> & { readonly shown: BookedCharge['card'] }

/** Undefined for an unknown token. */
export async function findCard(db: Db, token: string): Promise<BookedCard | undefined> {
  const row = await books(db)
    .selectFrom('simulated_processor.card')
    .selectAll()
    .where('token', '=', token)
    .executeTakeFirst()
  return row && { behaviour: row.behaviour, declineCode: row.decline_code, shown: shownOf(row) }
}

/** Locks a card, so that its charges are decided one after the other. */
export async function lockCard(tx: Tx, token: string): Promise<void> {
  await books(tx)
    .selectFrom('simulated_processor.card')
    .select('token')
    .where('token', '=', token)
    .forUpdate()
    .execute()
}

/** Whether a charge or set-up of the card ever went through. */
export async function hasSuccess(tx: Tx, token: string): Promise<boolean> {
  const success = await books(tx)
    .selectFrom('simulated_processor.charge')
    .select('id')
    .where('card_token', '=', token)
    .where('state', '=', 'succeeded')
    .limit(1)
    .executeTakeFirst()
  return success !== undefined
}

export type NewCharge = {
  readonly id: string
  readonly actionId: string | null
  readonly outcome: Outcome | { readonly state: 'canceled'; readonly declineCode: DeclineCode }
}

/**
 * Books a charge and says whether it did: not when its key is taken. One that is being booked under the same key is waited
 * for.
 */
export async function insertCharge(
  db: Db,
  request: ChargeRequest,
  charge: NewCharge,
  now: Temporal.Instant,
): Promise<boolean> {
  const row = await books(db)
    .insertInto('simulated_processor.charge')
    .values({
      id: charge.id,
      idempotency_key: request.idempotencyKey,
      kind: request.kind,
      card_token: request.token,
      amount: request.amount,
      currency: request.currency,
      off_session: request.offSession,
      state: charge.outcome.state,
      decline_code: charge.outcome.declineCode,
      action_id: charge.actionId,
      metadata: JSON.stringify(request.metadata),
      created_at: now,
      updated_at: now,
    })
    .onConflict((conflict) => conflict.column('idempotency_key').doNothing())
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** A charge by one of its three names. */
export async function findCharge(
  db: Db,
  name: 'id' | 'idempotency_key' | 'action_id',
  value: string,
): Promise<BookedCharge | undefined> {
  const row = await books(db)
    .selectFrom('simulated_processor.charge as charge')
    .innerJoin('simulated_processor.card as card', 'card.token', 'charge.card_token')
    .selectAll('charge')
    .select(['brand', 'last4', 'exp_month', 'exp_year', 'country', 'card.decline_code as card_decline_code'])
    .where(`charge.${name}`, '=', value)
    .executeTakeFirst()
  return (
    row && {
      id: row.id,
      kind: row.kind,
      token: row.card_token,
      amount: row.amount,
      currency: row.currency,
      offSession: row.off_session,
      state: row.state,
      declineCode: row.decline_code,
      actionId: row.action_id,
      card: shownOf(row),
      cardDeclineCode: row.card_decline_code,
    }
  )
}

/** What was charged for an organisation's mode. */
export async function listCharged(
  db: Db,
  organisationId: string,
  mode: string,
): Promise<{ transaction: string; amount: bigint; currency: string }[]> {
  return books(db)
    .selectFrom('simulated_processor.charge')
    .select(['idempotency_key as transaction', 'amount', 'currency'])
    .where('state', '=', 'succeeded')
    .where('kind', '=', 'charge')
    .where(sql`metadata ->> 'organisation'`, '=', organisationId)
    .where(sql`metadata ->> 'mode'`, '=', mode)
    .execute()
}

/** Ends the wait for an authentication; a charge that waits no more stays as it is. */
export async function endAction(
  db: Db,
  id: string,
  outcome: NewCharge['outcome'],
  now: Temporal.Instant,
): Promise<void> {
  await books(db)
    .updateTable('simulated_processor.charge')
    .set({ state: outcome.state, decline_code: outcome.declineCode, updated_at: now })
    .where('id', '=', id)
    .where('state', '=', 'requires_action')
    .execute()
}

function shownOf(row: Pick<CardTable, 'brand' | 'last4' | 'exp_month' | 'exp_year' | 'country'>): BookedCharge['card'] {
  const { brand, last4, exp_month: expMonth, exp_year: expYear, country } = row
  return { brand, last4, expMonth, expYear, country }
}

// The processor is another company: its tables are none of Halley's and are not in Halley's list.
function books(db: Db) {
  return db.$extendTables<Books>()
}
