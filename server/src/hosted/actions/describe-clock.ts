import type { CheckoutView } from '#hosted/actions/describe-checkout.ts'
import type { Context } from '#organisations/org.ts'

/** What day it is in a sandbox, and whether its clock was moved; live mode has the time of everybody. */
export function clockOf({ org, today }: Context): CheckoutView['clock'] {
  return org.livemode ? null : { today, isSimulated: org.simulatedTime !== null }
}
