import { assertOutsideTransaction, type Db } from '#database/transaction.ts'
import type { Org } from '#organisations/org.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { type ProviderTax, ProviderUnreachable, type TaxResult } from '#payments/provider.ts'
import type { Connections } from '#payments/services.ts'
import type { TaxQuestion } from '#tax/asked-tax.ts'
import { findAnswers, noteTried, saveAnswer } from '#tax/tax-answers.store.ts'
import { TaxNotKnown } from '#tax/tax-not-known.ts'
import { organisationNow } from '#time/clock.ts'

/** Where tax is asked of payment providers, outside of transactions. */
export type TaxDesk = {
  /**
   * Runs some work, and runs it again when it lacked what tax somebody is charged, which is asked in between. The work must be such that
   * it may be begun again. Throws {@link TaxNotKnown} (503 `tax_unavailable`) where a provider does not say and never did.
   */
  knowing<T>(work: () => Promise<T>): Promise<T>
  /** Asks some questions of a connection and keeps the answers. Gives how many of them could not be answered. */
  ask(orgId: string, connectionId: string, questions: ReadonlyMap<string, TaxQuestion>): Promise<number>
}

export type TaxDeskParts = {
  readonly db: Db
  readonly connections: Connections
  readonly machineNow: () => Temporal.Instant
  /** Told why a provider does not answer. */
  readonly onTrouble: (orgId: string, connectionId: string, reason: string) => void
  /** How long a provider that could not be reached is left alone; tests do not wait for as long. */
  readonly restMs?: number | undefined
}

/** How often work may lack something: it may come to somebody else each time. */
const mostRounds = 4
const askedAtOnce = 8
/** A provider that could not be reached is left alone for so long. */
const usualRestMs = 20_000

/** Opens the desk of a process. It remembers which providers are out of reach, so that nobody waits for them one after the other. */
export function openTaxDesk(parts: TaxDeskParts): TaxDesk {
  const restingUntil = new Map<string, number>()
  const ask: TaxDesk['ask'] = async (orgId, connectionId, questions) => {
    assertOutsideTransaction()
    const org = await findOrg(parts.db, orgId)
    const tax = org && connectionId !== '' ? (await parts.connections.open(orgId, connectionId))?.tax : undefined
    if (!org || !tax) {
      parts.onTrouble(orgId, connectionId, 'no payment provider with a tax service is connected')
      return questions.size
    }
    const visit = { org, connectionId, tax, restingUntil }
    const left = [...questions]
    const unanswered: string[] = []
    const lanes = Array.from({ length: Math.min(askedAtOnce, left.length) }, async () => {
      for (let next = left.shift(); next; next = left.shift()) {
        if (!(await askOne(parts, visit, ...next))) unanswered.push(next[0])
      }
    })
    await Promise.all(lanes)
    await noteTried(parts.db, orgId, connectionId, unanswered, nowOf(parts, org))
    return unanswered.length
  }
  return { ask, knowing: (work) => knowing(parts, ask, work) }
}

async function knowing<T>(parts: TaxDeskParts, ask: TaxDesk['ask'], work: () => Promise<T>): Promise<T> {
  for (let round = 1; ; round++) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof TaxNotKnown) || round === mostRounds) throw error
      const { orgId, connectionId, questions } = error
      const unanswered = await ask(orgId, connectionId, questions)
      // What was known before serves as long as nothing newer can be had.
      if (unanswered > 0 && !(await areAllKnown(parts.db, error))) throw error
    }
  }
}

async function areAllKnown(db: Db, { orgId, connectionId, questions }: TaxNotKnown): Promise<boolean> {
  const known = await findAnswers(db, orgId, connectionId, [...questions.keys()])
  return known.size === questions.size
}

type Visit = {
  readonly org: Org
  readonly connectionId: string
  readonly tax: ProviderTax
  readonly restingUntil: Map<string, number>
}

// Whether it was answered.
async function askOne(
  parts: TaxDeskParts,
  { org, connectionId, tax, restingUntil }: Visit,
  key: string,
  question: TaxQuestion,
): Promise<boolean> {
  if ((restingUntil.get(connectionId) ?? 0) > performance.now()) return false
  const askedAt = nowOf(parts, org)
  const result = await resultOf(tax, question)
  if (result.outcome === 'answered') {
    await saveAnswer(parts.db, org.id, connectionId, key, result.answer, askedAt)
    return true
  }
  if (result.outcome === 'unreachable') {
    const { restMs = usualRestMs } = parts
    restingUntil.set(connectionId, performance.now() + restMs)
  }
  parts.onTrouble(org.id, connectionId, result.message)
  return false
}

async function resultOf(
  tax: ProviderTax,
  question: TaxQuestion,
): Promise<TaxResult | { readonly outcome: 'unreachable'; readonly message: string }> {
  try {
    return await tax.ask(question)
  } catch (error) {
    if (error instanceof ProviderUnreachable) return { outcome: 'unreachable', message: error.message }
    throw error
  }
}

function nowOf({ machineNow }: TaxDeskParts, org: Org): Temporal.Instant {
  return organisationNow(org.simulatedTime, machineNow())
}

/** A desk for whoever has no providers to ask. */
export const closedTaxDesk: TaxDesk = { ask: async () => 0, knowing: (work) => work() }
