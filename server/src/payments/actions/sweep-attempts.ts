import assert from 'node:assert/strict'
import { inTransaction } from '#database/transaction.ts'
import type { Org } from '#organisations/org.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { settleAttempt } from '#payments/actions/settle-attempt.ts'
import { type Attempt, holdsUp } from '#payments/attempt.ts'
import { takeDueAttempts } from '#payments/attempts.store.ts'
import { chargeRequest } from '#payments/charge-request.ts'
import { type ChargeResult, type PaymentProvider, ProviderUnreachable } from '#payments/provider.ts'
import { type PaymentServices, providerOf } from '#payments/services.ts'
import { organisationNow } from '#time/clock.ts'

export type SweepReport = {
  /** Attempts that were looked at; as many as the limit: there may be more. */
  readonly looked: number
  readonly settled: number
  /** Attempts whose look ended in a bug; they are looked at again. */
  readonly troubled: readonly { readonly orgId: string; readonly attemptId: string; readonly error: unknown }[]
}

/** Attempts looked at side by side, so that a slow provider does not hold up those of another. */
const lanes = 4

/** After so many looks (some two days) an authentication that nobody finishes is ended. */
const looksUntilAbandoned = 8
/** The same (some 37 minutes, a little longer than a session of the portal) where everything else waits for it. */
const looksUntilGivenUp = 4

/**
 * Settles attempts that nobody else did: asks the provider how each stands. What never arrived is asked for again when
 * the customer need not be there, and taken back otherwise. May run anywhere, at any time, as often as one likes.
 */
export async function sweepAttempts(services: PaymentServices, limit: number): Promise<SweepReport> {
  const due = await inTransaction(services.db, (tx) => takeDueAttempts(tx, services.machineNow(), limit))
  const waiting = [...due]
  let settled = 0
  const troubled: { orgId: string; attemptId: string; error: unknown }[] = []
  const lane = async () => {
    for (let attempt = waiting.shift(); attempt; attempt = waiting.shift()) {
      try {
        if (await settleOne(services, attempt)) settled += 1
      } catch (error) {
        troubled.push({ orgId: attempt.orgId, attemptId: attempt.id, error })
      }
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return { looked: due.length, settled, troubled }
}

/** Whether the attempt has an outcome now. */
async function settleOne(services: PaymentServices, attempt: Attempt): Promise<boolean> {
  const org = await findOrg(services.db, attempt.orgId)
  assert(org, 'an attempt has an organisation')
  const result = await outcomeOf(await providerOf(services, org.id, attempt), org, attempt)
  if (result.outcome === 'not_found') return false
  await services.crashPoint?.('attempt.charged')
  const context = services.contextFor(org, momentOf(services, org, attempt))
  const moved = await inTransaction(services.db, (tx) =>
    settleAttempt(tx, context, attempt, result, services.settlements),
  )
  return moved.state !== 'requires_action'
}

/**
 * The organisation's time that a settlement counts with. For an answer that was lost it is when the attempt began, so
 * that a crash changes no date; a customer who took their time to authenticate gets their period from now on.
 */
export function momentOf(
  { machineNow }: Pick<PaymentServices, 'machineNow'>,
  org: Org,
  attempt: Attempt,
): Temporal.Instant {
  return attempt.state === 'started' ? attempt.createdAt : organisationNow(org.simulatedTime, machineNow())
}

/** `not_found` when the provider cannot be asked: the attempt stays as it is until the next look. */
async function outcomeOf(provider: PaymentProvider | undefined, org: Org, attempt: Attempt): Promise<ChargeResult> {
  if (!provider) return { outcome: 'not_found' }
  try {
    const asked = { kind: attempt.kind, token: attempt.providerToken }
    const found = await provider.find(attempt.id, asked)
    const looks = holdsUp(attempt) ? looksUntilGivenUp : looksUntilAbandoned
    if (found.outcome === 'requires_action' && attempt.looks >= looks) {
      return await provider.abandon(found.reference, asked)
    }
    if (found.outcome !== 'not_found' || attempt.state !== 'started') return found
    const request = chargeRequest(org, attempt)
    return await (attempt.offSession ? provider.charge(request) : provider.withdraw(request))
  } catch (error) {
    if (error instanceof ProviderUnreachable) return { outcome: 'not_found' }
    throw error
  }
}
