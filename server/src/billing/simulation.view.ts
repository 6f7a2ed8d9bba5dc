import type * as z from 'zod'
import type { FinishedSimulation } from '#billing/actions/run-simulation.ts'
import { differenceOf, type SimulatedCustomer, type SimulatedTotal } from '#billing/simulation/tally.ts'
import type { SimulatedCustomer as ApiCustomer, BillingSimulation } from '#billing/simulation.contract.ts'

/** A finished simulation as the API shows it. */
export function toApiSimulation(finished: FinishedSimulation, livemode: boolean): z.output<typeof BillingSimulation> {
  const { plan, months, past, windows, totals, top, leftOut } = finished
  return {
    planId: plan.id,
    planCode: plan.code,
    months,
    from: past.after,
    to: past.until,
    windows,
    totals: totals.map((total) => ({
      ...sharedOf(total),
      customers: total.customers,
      customersPayingMore: total.up,
      customersPayingLess: total.down,
    })),
    customers: top.map(toApiSimulatedCustomer),
    leftOut: [...leftOut],
    object: 'billing_simulation',
    livemode,
  }
}

export function toApiSimulatedCustomer(customer: SimulatedCustomer): z.output<typeof ApiCustomer> {
  return { customerId: customer.customerId, ...sharedOf(customer) }
}

function sharedOf(one: SimulatedCustomer | SimulatedTotal) {
  const { currency, windows, invoiced, simulated, refused, byLineType } = one
  return {
    currency,
    windows,
    invoiced,
    simulated,
    difference: differenceOf(one),
    refusedUses: refused,
    lines: [...byLineType].map(([lineType, sum]) => ({ lineType, ...sum, difference: differenceOf(sum) })),
  }
}
