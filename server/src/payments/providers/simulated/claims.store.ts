import type { Db, Tx } from '#database/transaction.ts'
import { type Mode, modes } from '#organisations/org.ts'
import type { DisputeOutcome, ProviderEvent, RefundRequest } from '#payments/provider.ts'

/** What of a charge matters once it was made. */
type ChargeTable = { id: string; amount: bigint; currency: string; state: string; metadata: unknown }

type RefundTable = {
  id: string
  idempotency_key: string
  charge_id: string
  amount: bigint
  created_at: Temporal.Instant
}

type DisputeTable = {
  id: string
  charge_id: string
  amount: bigint
  reason: string
  state: 'open' | 'won' | 'lost'
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
}

type EventTable = {
  id: string
  type: 'dispute.opened' | 'dispute.closed'
  dispute_id: string
  created_at: Temporal.Instant
  heard_at: Temporal.Instant | null
}

type Books = {
  'simulated_processor.charge': ChargeTable
  'simulated_processor.refund': RefundTable
  'simulated_processor.dispute': DisputeTable
  'simulated_processor.event': EventTable
}

export type Refundable = {
  readonly amount: bigint
  readonly currency: string
  readonly refund: { readonly id: string; readonly idempotencyKey: string } | null
  /** Open or lost: the money is with the customer's bank. */
  readonly isDisputed: boolean
}

/** Locks a charge that was made, with what became of it; undefined for any other. */
export async function lockRefundable(tx: Tx, chargeId: string): Promise<Refundable | undefined> {
  const charge = await books(tx)
    .selectFrom('simulated_processor.charge')
    .select(['amount', 'currency'])
    .where('id', '=', chargeId)
    .where('state', '=', 'succeeded')
    .forUpdate()
    .executeTakeFirst()
  return charge && { ...charge, refund: await findRefund(tx, chargeId), isDisputed: await isDisputed(tx, chargeId) }
}

/** Books a refund of a locked charge. */
export async function insertRefund(
  tx: Tx,
  { id, idempotencyKey, chargeReference, amount }: RefundRequest & { readonly id: string },
  now: Temporal.Instant,
): Promise<void> {
  await books(tx)
    .insertInto('simulated_processor.refund')
    .values({ id, idempotency_key: idempotencyKey, charge_id: chargeReference, amount, created_at: now })
    .execute()
}

async function findRefund(db: Db, chargeId: string): Promise<Refundable['refund']> {
  const row = await books(db)
    .selectFrom('simulated_processor.refund')
    .select(['id', 'idempotency_key'])
    .where('charge_id', '=', chargeId)
    .executeTakeFirst()
  return row ? { id: row.id, idempotencyKey: row.idempotency_key } : null
}

async function isDisputed(db: Db, chargeId: string): Promise<boolean> {
  const row = await books(db)
    .selectFrom('simulated_processor.dispute')
    .select('id')
    .where('charge_id', '=', chargeId)
    .where('state', '<>', 'won')
    .executeTakeFirst()
  return row !== undefined
}

/** A dispute as the processor has it. */
export type BookedDispute = {
  readonly id: string
  readonly amount: bigint
  readonly reason: string
  readonly state: 'open' | DisputeOutcome
}

/** The bank wants a charge back, once; undefined when that is not possible (any more). */
export async function openDispute(
  tx: Tx,
  chargeId: string,
  reason: string,
  now: Temporal.Instant,
): Promise<BookedDispute | undefined> {
  const charge = await lockRefundable(tx, chargeId)
  if (!charge || charge.refund || (await findDispute(tx, chargeId))) return undefined
  const dispute = { id: reference('dp'), amount: charge.amount, reason, state: 'open' as const }
  await books(tx)
    .insertInto('simulated_processor.dispute')
    .values({ ...dispute, charge_id: chargeId, created_at: now, updated_at: now })
    .execute()
  await tell(tx, 'dispute.opened', dispute.id, now)
  return dispute
}

/** The bank decides; undefined when no dispute about the charge is open. */
export async function closeDispute(
  tx: Tx,
  chargeId: string,
  outcome: DisputeOutcome,
  now: Temporal.Instant,
): Promise<BookedDispute | undefined> {
  const closed = await books(tx)
    .updateTable('simulated_processor.dispute')
    .set({ state: outcome, updated_at: now })
    .where('charge_id', '=', chargeId)
    .where('state', '=', 'open')
    .returning(['id', 'amount', 'reason', 'state'])
    .executeTakeFirst()
  if (closed) await tell(tx, 'dispute.closed', closed.id, now)
  return closed
}

async function findDispute(db: Db, chargeId: string): Promise<{ readonly id: string } | undefined> {
  return books(db)
    .selectFrom('simulated_processor.dispute')
    .select('id')
    .where('charge_id', '=', chargeId)
    .executeTakeFirst()
}

async function tell(tx: Tx, type: ProviderEvent['type'], disputeId: string, now: Temporal.Instant): Promise<void> {
  await books(tx)
    .insertInto('simulated_processor.event')
    .values({ id: reference('ev'), type, dispute_id: disputeId, created_at: now })
    .execute()
}

/** What happened and was not heard yet, oldest first. Each says how its dispute stands now. */
export async function unheardEvents(db: Db, limit: number): Promise<ProviderEvent[]> {
  const rows = await books(db)
    .selectFrom('simulated_processor.event as event')
    .innerJoin('simulated_processor.dispute as dispute', 'dispute.id', 'event.dispute_id')
    .innerJoin('simulated_processor.charge as charge', 'charge.id', 'dispute.charge_id')
    .select(['event.id', 'event.type', 'dispute.id as dispute_id', 'dispute.amount', 'dispute.reason', 'dispute.state'])
    .select(['charge.currency', 'charge.metadata'])
    .where('event.heard_at', 'is', null)
    .orderBy('event.created_at')
    .orderBy('event.type', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    provider: 'commet',
    id: row.id,
    type: row.type,
    charge: chargeOf(row.metadata),
    dispute: {
      reference: row.dispute_id,
      amount: row.amount,
      currency: row.currency,
      reason: row.reason,
      outcome: row.type === 'dispute.closed' && row.state !== 'open' ? row.state : null,
    },
  }))
}

/** The event was heard and is not told again. */
export async function markHeard(db: Db, id: string, now: Temporal.Instant): Promise<void> {
  await books(db).updateTable('simulated_processor.event').set({ heard_at: now }).where('id', '=', id).execute()
}

// jsonb is read as a value, although it is written as text.
function chargeOf(metadata: unknown): ProviderEvent['charge'] {
  const { organisation, mode, transaction } = metadata as Readonly<Record<string, string | undefined>>
  const known: Mode | undefined = modes.find((one) => one === mode)
  return { organisationId: organisation ?? '', mode: known ?? 'sandbox', transactionId: transaction ?? '' }
}

function reference(kind: 'dp' | 'ev'): string {
  return `sim_${kind}_${crypto.randomUUID().replaceAll('-', '')}`
}

// The processor is another company: its tables are none of Halley's and are not in Halley's list.
function books(db: Db) {
  return db.$extendTables<Books>()
}
