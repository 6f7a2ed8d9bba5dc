import type { CheckoutView } from '#hosted/actions/describe-checkout.ts'
import type { Context } from '#organisations/org.ts'

/** What time it is in a sandbox, and whether its clock was moved; live mode has the time of everybody. */
export function clockOf({ org, now }: Context): CheckoutView['clock'] {
  return org.livemode
    ? null
    : { now: now.toString({ smallestUnit: 'second' }), isSimulated: org.simulatedTime !== null }
}
