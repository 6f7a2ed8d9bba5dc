import type * as z from 'zod'
import type { FeatureAnswer, FeatureState } from '#metering/actions/read-feature-access.ts'
import type { FeatureAccess, FeatureLookup } from '#metering/feature-access.contract.ts'
import type { CountedAccess, SwitchAccess } from '#metering/feature-access.ts'

export function toApiFeatureAccess(
  { feature, access }: FeatureState,
  livemode: boolean,
): z.output<typeof FeatureAccess> {
  const { code, name, type } = feature
  return { code, name, type, allowed: access.allowed, ...amountsOf(access), object: 'feature', livemode }
}

/** `isAskedForOne`: whether one more unit is asked for, which adds what it would cost and why it is refused. */
export function toApiFeatureLookup(
  { feature, access, reason }: FeatureAnswer,
  isAskedForOne: boolean,
  livemode: boolean,
): z.output<typeof FeatureLookup> {
  const { code, name, type } = feature
  const willBeCharged = access !== null && access.type !== 'boolean' && access.willBeCharged
  return {
    allowed: access?.allowed ?? false,
    code,
    name,
    type,
    ...(access && amountsOf(access)),
    ...(isAskedForOne ? { willBeCharged } : {}),
    ...(isAskedForOne && reason !== undefined ? { reason } : {}),
    object: 'feature',
    livemode,
  }
}

function amountsOf(access: SwitchAccess | CountedAccess) {
  if (access.type === 'boolean') return { enabled: access.enabled }
  const { remaining, billedQuantity } = access
  return {
    current: access.current,
    included: access.included,
    ...(remaining === undefined ? {} : { remaining }),
    overageQuantity: access.overageQuantity,
    overageUnitPrice: access.overageUnitPrice,
    unlimited: access.unlimited,
    overageEnabled: access.overageEnabled,
    ...(billedQuantity === undefined ? {} : { billedQuantity }),
  }
}
