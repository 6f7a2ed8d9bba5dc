import type { Changes } from '#catalogue/changes.ts'
import { findPlan } from '#catalogue/plans.store.ts'
import { checkDiscount, type PromoCode, type PromoCodeTerms } from '#catalogue/promo-code.ts'
import { findPromoCode, insertPromoCode, lockPromoCode, updatePromoCode } from '#catalogue/promo-codes.store.ts'
import type { Db, Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import type { Context } from '#organisations/org.ts'
import { invalidField, Problem } from '#problem.ts'

export type NewPromoCode = PromoCodeTerms & { readonly code: string }
/** Only these may change: what a code is worth is agreed with whoever has used it. */
export type PromoCodeChanges = Changes<
  Pick<PromoCodeTerms, 'billingInterval' | 'maxRedemptions' | 'expiresAt' | 'isActive' | 'planIds'>
>

/** Adds a code. Plans by id or code. 409 duplicate, 404 plan_not_found, 422 for a discount that is none. */
export async function createPromoCode(tx: Tx, { org, now }: Context, input: NewPromoCode): Promise<PromoCode> {
  const [wrong] = checkDiscount(input)
  if (wrong) throw invalidField(wrong.field, wrong.message)
  const planIds = await resolvePlans(tx, org.id, input.planIds)
  const created = await insertPromoCode(tx, org.id, { ...input, id: newId('pro'), planIds: planIds ?? null }, now)
  if (created) return created
  throw new Problem('duplicate', `The promo code ${input.code} exists already. Choose another one.`, { param: 'code' })
}

/** Changes a code for the checkouts to come. 404 promo_code_not_found, plan_not_found; 422 for a cap below its uses. */
export async function changePromoCode(
  tx: Tx,
  { org, now }: Context,
  input: { readonly id: string; readonly changes: PromoCodeChanges },
): Promise<PromoCode> {
  const current = await lockPromoCode(tx, org.id, input.id)
  if (!current) throw unknown(input.id)
  const used = current.held + current.redeemed + current.honoured
  const { maxRedemptions } = input.changes
  if (typeof maxRedemptions === 'number' && maxRedemptions < used) {
    const message = `Must be at least ${used}, the number of its redemptions. To stop it, send active: false.`
    throw invalidField('maxRedemptions', message)
  }
  const planIds = await resolvePlans(tx, org.id, input.changes.planIds)
  return updatePromoCode(tx, org.id, current.id, { ...input.changes, planIds }, now)
}

/** A code by its id; 404 promo_code_not_found. */
export async function requirePromoCode(db: Db, orgId: string, id: string): Promise<PromoCode> {
  const promo = await findPromoCode(db, orgId, id)
  if (!promo) throw unknown(id)
  return promo
}

function unknown(id: string): Problem {
  return new Problem('promo_code_not_found', `There is no promo code ${id}.`)
}

// An empty list is no restriction: a code for no plan at all would be an inactive one.
async function resolvePlans(
  db: Db,
  orgId: string,
  given: readonly string[] | null | undefined,
): Promise<string[] | null | undefined> {
  if (given === undefined) return undefined
  if (given === null || given.length === 0) return null
  const found = new Set<string>()
  for (const [index, idOrCode] of given.entries()) {
    const plan = await findPlan(db, orgId, idOrCode)
    if (!plan) throw new Problem('plan_not_found', `There is no plan ${idOrCode}.`, { param: `planIds.${index}` })
    found.add(plan.id)
  }
  return [...found]
}
