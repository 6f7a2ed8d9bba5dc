import type { AddonInUse } from '#catalogue/addon.ts'
import { loadAddonTerms } from '#catalogue/addon-terms.store.ts'
import { loadPlanTerms, type TermsScope } from '#catalogue/feature-terms.store.ts'
import { type FeatureTerms, withAddons } from '#catalogue/feature-terms.ts'
import { findPlansById } from '#catalogue/plans.store.ts'
import type { Db } from '#database/transaction.ts'

/** The terms of everything a subscription has in a window: its plan's features and, behind them, those of its add-ons. */
export async function loadTerms(
  db: Db,
  orgId: string,
  { planId, addons }: { readonly planId: string; readonly addons: readonly AddonInUse[] },
  scope: TermsScope,
): Promise<readonly FeatureTerms[]> {
  const terms = await loadPlanTerms(db, orgId, planId, scope)
  if (addons.length === 0) return terms
  const plan = (await findPlansById(db, orgId, [planId])).get(planId)
  return withAddons(
    terms,
    await loadAddonTerms(db, orgId, { planId, addons }, scope),
    plan?.consumptionModel ?? 'metered',
  )
}
