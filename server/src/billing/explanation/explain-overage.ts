import { amountStep, type Computed, notKept } from '#billing/explanation/explained-line.ts'
import type { OverageFacts } from '#billing/explanation/facts.ts'
import { countInput, fromTerms, type LineInput, rateInput, timeInput, unitsInput } from '#billing/explanation/inputs.ts'
import type { Currency } from '#money/currency.ts'
import { formatQuantity, formatRate } from '#money/format.ts'
import { quantityScale } from '#money/quantity.ts'
import { minorPerMajor, rateScale } from '#money/rate.ts'

/** Usage beyond what is included. The events are what is billed; the counter has to be their sum. */
export function explainOverage(facts: OverageFacts, c: Currency): Computed {
  const { terms: dated, atDecision } = facts
  const used = atDecision ?? facts.events.total
  const counted = usageInputs(facts)
  if (!dated) return notKept('metered_overage', counted, 'the terms of the feature in this window are not kept')
  const { terms, priceSince, includedSince } = dated
  const inputs = [
    ...counted,
    unitsInput('included', terms.includedAmount, fromTerms(includedSince)),
    rateInput('unit price', terms.overageUnitPrice, c, fromTerms(priceSince)),
  ]
  const steps = [proofOf(facts)]
  const isSold = terms.type === 'usage' && !terms.unlimited && terms.overageEnabled
  const beyond = used - terms.includedAmount
  if (!isSold || beyond <= 0n) {
    const reason = isSold ? 'Nothing was used beyond what is included' : 'Nothing is billed beyond what is included'
    return { rule: 'metered_overage', inputs, steps: [...steps, `${reason}: 0`], recomputed: 0n }
  }
  const numerator = beyond * terms.overageUnitPrice * minorPerMajor(c)
  const product = `${formatQuantity(beyond)} × ${formatRate(terms.overageUnitPrice, c)}`
  const [last, amount] = amountStep(product, { numerator, denominator: quantityScale * rateScale }, c)
  const included = formatQuantity(terms.includedAmount)
  return {
    rule: 'metered_overage',
    inputs,
    steps: [...steps, `${formatQuantity(used)} used − ${included} included = ${formatQuantity(beyond)} beyond`, last],
    recomputed: amount,
  }
}

function usageInputs({ counter, events, atDecision }: OverageFacts): LineInput[] {
  if (atDecision !== undefined) return [unitsInput('used until the change', atDecision, { source: 'plan_change' })]
  const about = { source: 'usage_event' } as const
  return [
    ...(counter ? [unitsInput('counted', counter.total, { source: 'usage_counter' })] : []),
    unitsInput('used', events.total, about),
    countInput('events', events.count, about),
    countInput('late events', events.late, about),
    ...(events.firstAt ? [timeInput('first event', events.firstAt, about)] : []),
    ...(events.lastAt ? [timeInput('last event', events.lastAt, about)] : []),
  ]
}

function proofOf({ events, counter, atDecision }: OverageFacts): string {
  if (atDecision !== undefined) return 'As counted when the change of plan was decided, which did not take effect'
  return counter ? proof(events, counter) : 'No counter of this window is kept'
}

function proof(events: OverageFacts['events'], counter: NonNullable<OverageFacts['counter']>): string {
  const number = events.count === 1n ? '1 event adds' : `${events.count.toLocaleString('en-US')} events add`
  const sum = `${number} up to ${formatQuantity(events.total)}`
  if (events.total === counter.total && events.count === counter.events) return `${sum}, as counted`
  return `${sum}, but ${formatQuantity(counter.total)} were counted in ${counter.events}`
}
