import { gatherTrueUp } from '#billing/actions/gather-true-up-facts.ts'
import { type KeptRows, termsIn, windowOfLine } from '#billing/actions/kept-rows.ts'
import { discountFacts } from '#billing/explanation/discount-facts.ts'
import type {
  AdvanceFacts,
  LineFacts,
  OverdraftFacts,
  PriceFacts,
  PurchaseFacts,
  UnusedFacts,
} from '#billing/explanation/facts.ts'
import { factsKindOf } from '#billing/explanation/rules.ts'
import { findAddonPrice } from '#catalogue/addon-terms.store.ts'
import { findRateSaid } from '#catalogue/exchange-rates.store.ts'
import { findPriceRevision } from '#catalogue/price-revisions.store.ts'
import { findRegionalOrigin } from '#catalogue/regional-prices.store.ts'
import { creditUsedBy } from '#invoicing/customer-credit.store.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'
import { findBaseOfWindow } from '#invoicing/invoice-lines.store.ts'
import { readCountedUsage, readDraws, readHeldEvent, readOverdraftRun } from '#metering/explanation.store.ts'
import { heldPeriod } from '#metering/held.ts'
import { findPurchase } from '#metering/ledger-purchases.store.ts'
import { parseExchangeRate } from '#money/exchange.ts'
import { windowPlanOf } from '#subscriptions/windows.store.ts'

/** Reads what a line is computed from. `base` is the plan base of the same period, computed anew, for a discount on it. */
export async function gatherLineFacts(kept: KeptRows, line: DraftLine, base: bigint | null): Promise<LineFacts> {
  const kind = factsKindOf(line)
  switch (kind) {
    case 'price':
      return gatherPrice(kept, line)
    case 'discount':
      return discountFacts(line, kept.subscription ?? null, base)
    case 'overage':
      return gatherOverage(kept, line)
    case 'advance':
      return gatherAdvance(kept, line)
    case 'true_up':
      return gatherTrueUp(kept, line)
    case 'overdraft':
      return gatherOverdraft(kept, line)
    case 'purchase':
      return gatherPurchase(kept)
    case 'credit':
      return gatherCredit(kept, line)
    case 'addon':
      return gatherAddon(kept, line)
    case 'written':
      return { kind }
    default:
      return kind satisfies never
  }
}

async function gatherPrice({ tx, orgId, windows, unapplied }: KeptRows, line: DraftLine): Promise<PriceFacts> {
  const { basis, windowNumber } = line
  const isFree = !isAfter(unapplied, windowNumber) && windows.get(windowNumber ?? 0)?.kind === 'free'
  const unknown = { kind: 'price', isFree, listed: null } as const
  if (basis?.kind !== 'price') return unknown
  const found = await findPriceRevision(tx, orgId, basis)
  if (!found) return unknown
  const { priceId, revision, regional } = basis
  const kept = regional && (await findRegionalOrigin(tx, orgId, { priceId, regional }))
  const listed = { priceId, revision, price: found.price, since: found.effectiveAt }
  return { kind: 'price', isFree, listed: { ...listed, regional: regional ? { kept: kept ?? null } : null } }
}

// A period that a change of plan would have begun; the window with its number is another one, if there is any.
function isAfter(unapplied: KeptRows['unapplied'], windowNumber: number | null): boolean {
  return unapplied !== null && windowNumber !== null && windowNumber > unapplied.windowNumber
}

async function gatherAddon(kept: KeptRows, { basis, windowNumber, startsOn }: DraftLine): Promise<LineFacts> {
  const { tx, orgId, windows } = kept
  if (basis?.kind !== 'addon') return { kind: 'written' }
  const { addonId, revision, rate: said } = basis
  const rate = said && (await findRateSaid(tx, orgId, { ...said, revision: BigInt(said.revision) }))
  const found = await findAddonPrice(tx, orgId, { addonId, revision: BigInt(revision) })
  const window = windowNumber === null ? undefined : windows.get(windowNumber)
  const period = window && heldPeriod(windowPlanOf(window))
  return {
    kind: 'addon',
    listed: found
      ? { addonId, price: found.price, since: found.effectiveAt, rate: said ? { kept: rate ?? null } : null }
      : null,
    span: period && startsOn ? { ...period, from: startsOn } : null,
  }
}

async function gatherOverage(kept: KeptRows, line: DraftLine): Promise<LineFacts> {
  const { tx, orgId, invoice, unapplied } = kept
  const { featureId, windowNumber } = line
  if (featureId === null || windowNumber === null || invoice.subscriptionId === null) return { kind: 'written' }
  const key = { subscriptionId: invoice.subscriptionId, featureId, windowNumber }
  const window = await windowOfLine(kept, line)
  return {
    kind: 'overage',
    ...(await readCountedUsage(tx, orgId, key)),
    ...(unapplied?.windowNumber === windowNumber ? { atDecision: unapplied.usage.get(featureId) ?? 0n } : {}),
    terms: window && (await termsIn(kept, window.planId, featureId, { ...window.scope, number: windowNumber })),
  }
}

async function gatherAdvance(kept: KeptRows, line: DraftLine): Promise<AdvanceFacts> {
  const { tx, orgId, invoice, subscription, windows, unapplied } = kept
  const { featureId, basis, windowNumber } = line
  const { subscriptionId } = invoice
  if (basis?.kind !== 'held' || featureId === null || subscriptionId === null) {
    return { kind: 'advance', terms: null, held: null, windows: null }
  }
  const found = await readHeldEvent(tx, orgId, { subscriptionId, featureId, number: basis.heldEvent })
  // The first window is opened by the payment of its invoice.
  const running = windows.get(windowNumber ?? 0)?.planId ?? subscription?.planId ?? ''
  const planId = unapplied && isAfter(unapplied, windowNumber) ? unapplied.toPlanId : running
  const scope = { sinceRevision: BigInt(basis.termsRevision), before: beforeAll }
  return {
    kind: 'advance',
    terms: await termsIn(kept, planId, featureId, { ...scope, number: windowNumber ?? 0 }),
    held: found ? { number: basis.heldEvent, count: found.current, countsOn: found.countsOn } : null,
    windows: basis.windows,
  }
}

// An advance is priced at what is in force on its day; nothing later reaches it.
const beforeAll = Temporal.Instant.fromEpochMilliseconds(0)

async function gatherOverdraft(kept: KeptRows, { windowNumber }: DraftLine): Promise<OverdraftFacts> {
  const { tx, orgId, invoice, windows, subscription, unapplied } = kept
  const { subscriptionId } = invoice
  if (subscriptionId === null || windowNumber === null) return { kind: 'overdraft', run: null, draws: [] }
  if (unapplied?.windowNumber === windowNumber) {
    return { kind: 'overdraft', run: null, atDecision: unapplied.overdraft, draws: [] }
  }
  const run = await readOverdraftRun(tx, orgId, { subscriptionId, windowNumber })
  if (!run) return { kind: 'overdraft', run, draws: [] }
  const planId = windows.get(windowNumber)?.planId ?? subscription?.planId ?? ''
  const { states } = await kept.history(planId)
  const addons = [...(await kept.addonHistories(planId)).values()]
  const nameOf = (featureId: string) => {
    const last = states.get(featureId)?.findLast(({ terms }) => terms !== 'removed')?.terms
    if (last !== undefined && last !== 'removed') return last.name
    const sold = addons.find((history) => history.featureId === featureId)?.states.at(-1)?.terms
    return sold === undefined || sold === 'removed' ? featureId : sold.name
  }
  const draws = await readDraws(tx, orgId, subscriptionId, run)
  return {
    kind: 'overdraft',
    run,
    draws: draws.map(({ featureId, ...draw }) => ({ ...draw, featureName: nameOf(featureId) })),
  }
}

async function gatherCredit(kept: KeptRows, line: DraftLine): Promise<LineFacts> {
  const { tx, orgId, invoice } = kept
  if (line.basis?.kind === 'unused_base') return gatherUnused(kept, line.basis)
  // A credit that is neither kept for the customer nor of a plan change is what the line says.
  if (line.basis?.kind !== 'customer_credit') return { kind: 'written' }
  return { kind: 'credit', uses: await creditUsedBy(tx, orgId, invoice.id) }
}

async function gatherUnused(
  { tx, orgId, invoice, lines }: KeptRows,
  { baseWindow, daysLeft, periodDays }: Extract<DraftLine['basis'], { kind: 'unused_base' }>,
): Promise<UnusedFacts> {
  const { subscriptionId } = invoice
  const base = subscriptionId === null ? [] : await findBaseOfWindow(tx, orgId, subscriptionId, baseWindow)
  const charged = lines.reduce((sum, { lineType, amount }) => (lineType === 'credit' ? sum : sum + amount), 0n)
  return { kind: 'unused', base, days: { left: daysLeft, of: periodDays }, charged }
}

async function gatherPurchase({ tx, orgId, invoice }: KeptRows): Promise<PurchaseFacts> {
  const found = await findPurchase(tx, orgId, invoice.id)
  if (!found) return { kind: 'purchase', purchase: null }
  if (found.kind === 'balance') return { kind: 'purchase', purchase: { kind: 'balance', added: found.amount } }
  const { creditPackName, creditPackPrice: price, creditPackRate, amount: credits } = found
  const rate = creditPackRate === null ? null : (parseExchangeRate(creditPackRate) ?? null)
  return {
    kind: 'purchase',
    purchase: { kind: 'credits', name: creditPackName ?? 'Credit pack', credits, price, rate },
  }
}
