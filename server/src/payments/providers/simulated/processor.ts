import { assertOutsideTransaction, type Db, inTransaction, type Tx } from '#database/transaction.ts'
import type {
  CardInput,
  ChargeRequest,
  ChargeResult,
  DisputeOutcome,
  KnownResult,
  PaymentProvider,
  RefundRequest,
  RefundResult,
  VaultResult,
} from '#payments/provider.ts'
import {
  type BookedCard,
  type BookedCharge,
  endAction,
  findCard,
  findCharge,
  hasSuccess,
  insertCard,
  insertCharge,
  listCharged,
  lockCard,
  type NewCharge,
} from '#payments/providers/simulated/books.store.ts'
import { checkCard } from '#payments/providers/simulated/check-card.ts'
import {
  type BookedDispute,
  closeDispute,
  insertRefund,
  lockRefundable,
  markHeard,
  openDispute,
  unheardEvents,
} from '#payments/providers/simulated/claims.store.ts'
import { declineMessages } from '#payments/providers/simulated/decline-messages.ts'
import { type Faults, goodLine, overLine } from '#payments/providers/simulated/line.ts'
import { decideAction, decideCharge, disputeReason, remembersSuccess } from '#payments/providers/simulated/outcome.ts'
import { simulatedPayouts } from '#payments/providers/simulated/payouts.ts'

/** What the customer does on the page of their bank. */
export type ActionAnswer = 'approve' | 'fail'

export type SimulatedProcessor = Omit<PaymentProvider, 'find' | 'abandon'> & {
  find(idempotencyKey: string): Promise<ChargeResult>
  abandon(reference: string): Promise<ChargeResult>
  readonly name: 'commet'
  /** The bank's page: the customer's answer to an authentication. A second answer changes nothing. */
  completeAction(actionReference: string, answer: ActionAnswer): Promise<ChargeResult>
  /**
   * The customer's bank wants a charge back (test clock's neighbour: a tool of the sandbox). Says what the dispute is about;
   * undefined when the charge cannot be disputed: never made, given back, or disputed before.
   */
  dispute(chargeReference: string, reason: string): Promise<BookedDispute | undefined>
  /** The bank decides an open dispute about a charge; undefined when there is none. */
  decide(chargeReference: string, outcome: DisputeOutcome): Promise<BookedDispute | undefined>
  /** For tests; may be changed at any time. */
  readonly faults: Faults
}

export type SimulatedProcessorOptions = {
  /** The processor's own connections and transactions: it never takes part in anybody else's. */
  readonly db: Db
  readonly machineNow: () => Temporal.Instant
  /** Whether it may be used in live mode, where no money moves through it. */
  readonly inLiveMode: boolean
}

/** A key came again with another request: a bug of whoever sends it. */
export class IdempotencyKeyReused extends Error {
  override readonly name = 'IdempotencyKeyReused'
}

/** Halley's built-in card processor: takes the published test cards and keeps books of its own. */
export function simulatedProcessor({ db, machineNow, inLiveMode }: SimulatedProcessorOptions): SimulatedProcessor {
  const faults: Faults = { ...goodLine }
  const call = <T>(work: () => Promise<T>) => overLine(faults, 'other', work)
  return {
    name: 'commet',
    modes: inLiveMode ? ['sandbox', 'live'] : ['sandbox'],
    faults,
    listCharges: (organisationId, mode) => call(() => listCharged(db, organisationId, mode)),
    payouts: simulatedPayouts(db, machineNow),
    vault: (card, now) => call(() => vault(db, card, now, machineNow())),
    charge: (request) => overLine(faults, 'charge', () => charge(db, request, machineNow())),
    withdraw: (request) => call(() => withdraw(db, request, machineNow())),
    find: (idempotencyKey) => call(async () => standing(await findCharge(db, 'idempotency_key', idempotencyKey))),
    abandon: (reference) => call(() => abandon(db, reference, machineNow())),
    refund: (request) => overLine(faults, 'charge', () => refund(db, request, machineNow())),
    events: {
      unheard: (limit) => call(() => unheardEvents(db, limit)),
      heard: (id) => call(() => markHeard(db, id, machineNow())),
    },
    dispute: (reference, reason) =>
      call(() => inTransaction(db, (tx) => openDispute(tx, reference, reason, machineNow()))),
    decide: (reference, outcome) =>
      call(() => inTransaction(db, (tx) => closeDispute(tx, reference, outcome, machineNow()))),
    completeAction: (reference, answer) => call(() => completeAction(db, reference, answer, machineNow())),
  }
}

async function vault(db: Db, input: CardInput, now: Temporal.Instant, machine: Temporal.Instant): Promise<VaultResult> {
  // A test clock that ran ahead takes the cards along: one that has expired on it is no use to the organisation.
  const later = Temporal.Instant.compare(now, machine) > 0 ? now : machine
  const checked = checkCard(input, later.toZonedDateTimeISO('UTC').toPlainDate().toPlainYearMonth())
  if (!checked.ok) return checked
  const { brand, country } = checked.card
  const card = { brand, country, last4: checked.last4, expMonth: input.expMonth, expYear: checked.expYear }
  const token = newReference('tok')
  await insertCard(db, token, { ...checked.card, ...card }, machine)
  return { ok: true, token, card }
}

// What becomes of most charges is known from the card alone: nothing has to be locked for them.
async function charge(db: Db, request: ChargeRequest, now: Temporal.Instant): Promise<KnownResult> {
  assertOutsideTransaction()
  const card = await findCard(db, request.token)
  if (!card) return unknownCard
  if (!remembersSuccess(card.behaviour)) {
    const reason = request.kind === 'charge' ? disputeReason(card.behaviour) : null
    const make = (tx: Db) => book(tx, request, card, decideCharge({ ...card, hasSucceeded: false }, request), now)
    return reason === null ? make(db) : inTransaction(db, (tx) => bookDisputed(tx, reason, () => make(tx), now))
  }
  return inTransaction(db, async (tx) => {
    await lockCard(tx, request.token)
    const hasSucceeded = await hasSuccess(tx, request.token)
    return book(tx, request, card, decideCharge({ ...card, hasSucceeded }, request), now)
  })
}

async function bookDisputed(
  tx: Tx,
  reason: string,
  make: () => Promise<KnownResult>,
  now: Temporal.Instant,
): Promise<KnownResult> {
  const result = await make()
  if (result.outcome === 'succeeded') await openDispute(tx, result.reference, reason, now)
  return result
}

// A booked refusal under the key: should the charge come in after all, it finds the key taken.
async function withdraw(db: Db, request: ChargeRequest, now: Temporal.Instant): Promise<KnownResult> {
  assertOutsideTransaction()
  const card = await findCard(db, request.token)
  if (!card) return unknownCard
  return book(db, request, card, { state: 'canceled', declineCode: 'processing_error' }, now)
}

async function book(
  db: Db,
  request: ChargeRequest,
  card: BookedCard,
  outcome: NewCharge['outcome'],
  now: Temporal.Instant,
): Promise<KnownResult> {
  const actionId = outcome.state === 'requires_action' ? newReference('act') : null
  const charge = { id: newReference('ch'), actionId, outcome }
  if (await insertCharge(db, request, charge, now)) return standingOf({ ...charge, ...outcome, card: card.shown })
  const booked = await findCharge(db, 'idempotency_key', request.idempotencyKey)
  if (!booked || !isSame(booked, request)) {
    throw new IdempotencyKeyReused(`The key ${request.idempotencyKey} was used before for another charge.`)
  }
  return standingOf(booked)
}

function isSame(booked: BookedCharge, request: ChargeRequest): boolean {
  return (
    booked.kind === request.kind &&
    booked.token === request.token &&
    booked.amount === request.amount &&
    booked.currency === request.currency &&
    booked.offSession === request.offSession
  )
}

async function abandon(db: Db, reference: string, now: Temporal.Instant): Promise<ChargeResult> {
  await endAction(db, reference, { state: 'canceled', declineCode: 'authentication_abandoned' }, now)
  return standing(await findCharge(db, 'id', reference))
}

async function completeAction(
  db: Db,
  reference: string,
  answer: ActionAnswer,
  now: Temporal.Instant,
): Promise<ChargeResult> {
  const charge = await findCharge(db, 'action_id', reference)
  if (!charge) return { outcome: 'not_found' }
  await endAction(db, charge.id, decideAction({ declineCode: charge.cardDeclineCode }, answer), now)
  return standing(await findCharge(db, 'id', charge.id))
}

// All of a charge or nothing, and each once: what the charge's lock decides.
async function refund(db: Db, request: RefundRequest, now: Temporal.Instant): Promise<RefundResult> {
  assertOutsideTransaction()
  return inTransaction(db, async (tx) => {
    const charge = await lockRefundable(tx, request.chargeReference)
    if (charge?.refund?.idempotencyKey === request.idempotencyKey) {
      return { outcome: 'succeeded', reference: charge.refund.id }
    }
    const refusal = refusalOf(charge, request)
    if (refusal !== null) return { outcome: 'failed', ...refusal }
    const id = newReference('re')
    await insertRefund(tx, { ...request, id }, now)
    return { outcome: 'succeeded', reference: id }
  })
}

function refusalOf(
  charge: Awaited<ReturnType<typeof lockRefundable>>,
  request: RefundRequest,
): { readonly code: string; readonly message: string } | null {
  if (!charge) return { code: 'charge_unknown', message: 'The processor has no such charge.' }
  if (charge.refund) return { code: 'charge_already_refunded', message: 'The charge was given back before.' }
  if (charge.isDisputed) return { code: 'charge_disputed', message: 'The customer’s bank has taken the charge back.' }
  if (charge.amount === request.amount && charge.currency === request.currency) return null
  return { code: 'amount_mismatch', message: 'Only all of a charge can be given back.' }
}

type Standing = Pick<BookedCharge, 'id' | 'state' | 'declineCode' | 'actionId' | 'card'>

function standing(charge: BookedCharge | undefined): ChargeResult {
  return charge ? standingOf(charge) : { outcome: 'not_found' }
}

function standingOf({ id, state, declineCode, actionId, card }: Standing): KnownResult {
  if (state === 'succeeded') return { outcome: 'succeeded', reference: id, card }
  if (state === 'requires_action' && actionId)
    return { outcome: 'requires_action', reference: id, actionReference: actionId }
  const code = declineCode ?? 'card_declined'
  return { outcome: 'declined', reference: id, code, message: declineMessages[code] }
}

const unknownCard: KnownResult = {
  outcome: 'declined',
  reference: null,
  code: 'card_declined',
  message: 'The stored card is not known to the processor.',
}

function newReference(kind: 'tok' | 'ch' | 'act' | 're'): string {
  return `sim_${kind}_${crypto.randomUUID().replaceAll('-', '')}`
}
