import assert from 'node:assert/strict'
import { pricedAddon } from '#billing/actions/addon-bases.ts'
import { addonShare } from '#billing/charges/addon.ts'
import { fitsPlan } from '#catalogue/addon.ts'
import { findAddonsById, listAddons, type NamedAddon } from '#catalogue/addons.store.ts'
import { findRateInForce } from '#catalogue/exchange-rates.store.ts'
import { loadPlanTerms } from '#catalogue/feature-terms.store.ts'
import { findPlansById } from '#catalogue/plans.store.ts'
import { type Region, regionOf } from '#catalogue/region.ts'
import type { Db } from '#database/transaction.ts'
import { quoteInvoice } from '#invoicing/actions/quote-invoice.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'
import { currency, minimumCharge } from '#money/currency.ts'
import { atPar } from '#money/exchange.ts'
import type { Context } from '#organisations/org.ts'
import { findActiveAddons } from '#subscriptions/addons.store.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { findOpenWindow, type WindowRecord, windowPlanOf } from '#subscriptions/windows.store.ts'
import { decideTaxes } from '#tax/actions/decide-taxes.ts'

/** An add-on that a subscription has or could have. Amounts are minor units of its currency. */
export type OfferedAddon = {
  readonly addon: NamedAddon
  readonly isActive: boolean
  /** For a whole billing period, before tax. */
  readonly price: bigint
  /** What activating it today charges at once, with tax, or what would wait for the next invoice because it is too little. */
  readonly now: bigint
  readonly later: bigint
}

const mostOffered = 100
const unchanged = { rate: atPar, revision: 0n }

/**
 * The add-ons of a subscription that has access, and those it could have besides: what activating would refuse or has no price for
 * is left out, and with `onlyActive` whatever is not had. A preview: `beginActivation` decides again.
 */
export async function offerAddons(
  db: Db,
  context: Context,
  subscription: SubscriptionRecord,
  { onlyActive = false }: { readonly onlyActive?: boolean } = {},
): Promise<readonly OfferedAddon[]> {
  const { org } = context
  const open = await findOpenWindow(db, org.id, subscription.id)
  if (!open) return []
  const region = regionOf(subscription)
  const { planId } = open
  const said = region === null ? unchanged : await findRateInForce(db, org.id, planId, region)
  if (said === undefined) return []
  const had = (await findActiveAddons(db, org.id, [subscription.id])).get(subscription.id) ?? []
  const ids = had.map(({ addonId }) => addonId)
  const active = await findAddonsById(db, org.id, ids)
  const sold = onlyActive ? [] : await soldBeside(db, org.id, open, region)
  const offered = sold.filter(({ id }) => !active.has(id))
  // Nobody's tax is looked up where nothing is offered that it would be on.
  const total = offered.length === 0 ? noTotal : await totals(db, context, subscription)
  const all: OfferedAddon[] = []
  for (const addon of [...ids.flatMap((id) => active.get(id) ?? []), ...offered]) {
    const priced = pricedAddon(addon, { planId, region, said })
    const share = addonShare(priced, windowPlanOf(open), context.today)
    const isActive = active.has(addon.id)
    const due = isActive ? { now: 0n, later: 0n } : await dueOf(subscription, share, total)
    all.push({ addon, isActive, price: priced.price, ...due })
  }
  return all
}

type Total = (share: DraftLine) => Promise<bigint>

const noTotal: Total = () => assert.fail('only what is offered has a total')

async function totals(db: Db, context: Context, { customerId, currency: code }: SubscriptionRecord): Promise<Total> {
  const tax = (await decideTaxes(db, context, [customerId])).get(customerId)
  const head = { type: 'addon_activation', customer: { id: customerId }, currency: code } as const
  return async (share) => {
    const invoice = { ...head, lines: [share] }
    return (await quoteInvoice(db, context, invoice, tax ? { tax } : {})).total
  }
}

async function dueOf(
  { status, currency: code }: SubscriptionRecord,
  share: DraftLine,
  total: Total,
): Promise<Pick<OfferedAddon, 'now' | 'later'>> {
  if (status === 'trialing') return { now: 0n, later: 0n }
  const isTooLittle = share.amount < minimumCharge(currency(code))
  return isTooLittle ? { now: 0n, later: share.amount } : { now: await total(share), later: 0n }
}

async function soldBeside(db: Db, orgId: string, open: WindowRecord, region: Region): Promise<NamedAddon[]> {
  const plan = (await findPlansById(db, orgId, [open.planId])).get(open.planId)
  assert(plan, `plan ${open.planId} exists`)
  const terms = await loadPlanTerms(db, orgId, open.planId, { sinceRevision: open.termsRevision, region })
  const own = new Set(terms.flatMap(({ enabled, featureId }) => (enabled ? [featureId] : [])))
  const addons = await listAddons(db, orgId, { limit: mostOffered, after: undefined })
  return addons
    .filter(
      ({ consumptionModel, featureId }) => fitsPlan(consumptionModel, plan.consumptionModel) && !own.has(featureId),
    )
    .toSorted((one, other) => (one.basePrice < other.basePrice ? -1 : 1))
}
