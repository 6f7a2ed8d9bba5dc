import { type Code, type ModelCustomer, unit } from './customer.ts'
import type { ModelTerms } from './terms.ts'

/** What feature access says of a feature, `askedForOne` when one more unit is asked for. */
export type Access = Record<string, unknown>

/** The answer about a feature of the plan; undefined where the plan does not have it. */
export function accessTo(customer: ModelCustomer, code: Code, askedForOne = false): Access | undefined {
  const terms = customer.terms(code, customer.current)
  if (terms === 'absent') return undefined
  const isLedger = code === 'calls' && customer.plan.model !== 'metered'
  const { willBeCharged, reason, ...amounts } = isLedger ? drawn(customer, terms) : counted(customer, code, terms)
  const allowed = terms.enabled && reason === undefined
  if (!askedForOne) return { code, allowed, ...amounts }
  const denial = terms.enabled ? reason : 'feature_disabled'
  return {
    code,
    allowed,
    ...amounts,
    willBeCharged: allowed && willBeCharged,
    ...(denial === undefined ? {} : { reason: denial }),
  }
}

function counted(customer: ModelCustomer, code: Code, terms: ModelTerms) {
  const isUsage = code === 'calls'
  const current = isUsage ? customer.used(customer.current) : customer.held(code) * unit
  const mark = isUsage ? terms.included : customer.mark(code) * unit
  const { included, unlimited } = terms
  const left = current < included ? included - current : 0n
  const isSold = customer.sells(terms)
  const isBeyond = current + unit > included
  return {
    reason: isBeyond && !unlimited && !isSold ? 'included_limit_reached' : undefined,
    willBeCharged: isSold && !unlimited && isBeyond && current + unit > mark,
    current: shown(current),
    included: shown(included),
    ...(unlimited ? {} : { remaining: shown(left) }),
    overageQuantity: unlimited || current < included ? 0 : shown(current - included),
    overageUnitPrice: Number(terms.price),
    unlimited,
    overageEnabled: isSold,
    ...(isUsage ? {} : { billedQuantity: shown(mark) }),
  }
}

function drawn(customer: ModelCustomer, terms: ModelTerms) {
  const { model } = customer.plan
  const cost = customer.cost(terms, unit)
  const left = customer.holds > 0n ? customer.holds : 0n
  return {
    reason: customer.covers(cost) ? undefined : model === 'credits' ? 'insufficient_credits' : 'insufficient_balance',
    willBeCharged: customer.mayOverdraw && left < cost,
    current: shown(customer.used(customer.current)),
    included: 0,
    ...(cost === 0n ? {} : { remaining: Number(left / cost) }),
    overageQuantity: 0,
    overageUnitPrice: model === 'balance' ? Number(terms.price) : 0,
    unlimited: cost === 0n,
    overageEnabled: customer.mayOverdraw,
  }
}

/** What a usage check says of a quantity: allowed, why not, and the numbers of the plan's model. */
export function check(customer: ModelCustomer, quantity: bigint): Access {
  const terms = customer.terms('calls', customer.current)
  if (terms === 'absent') return { refused: 'feature_not_in_plan' }
  if (!terms.enabled) return { refused: 'feature_disabled' }
  const { model } = customer.plan
  if (model === 'metered') {
    const current = customer.used(customer.current)
    const isIn = terms.unlimited || customer.sells(terms) || current + quantity <= terms.included
    return { allowed: isIn, current: shown(current), ...(isIn ? {} : { reason: 'included_limit_reached' }) }
  }
  const cost = customer.cost(terms, quantity)
  const allowed = customer.covers(cost)
  const denial = model === 'credits' ? 'insufficient_credits' : 'insufficient_balance'
  return {
    allowed,
    ...(model === 'credits'
      ? {
          estimatedCredits: Number(cost),
          planCredits: Number(customer.pots.plan),
          purchasedCredits: Number(customer.pots.purchased),
        }
      : { estimatedAmount: Number(cost), currentBalance: Number(customer.pots.balance) }),
    ...(allowed ? {} : { reason: denial }),
  }
}

const shown = (quantity: bigint): number => Number(quantity) / Number(unit)
