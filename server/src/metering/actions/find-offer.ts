import type { FeatureType } from '#catalogue/feature.ts'
import type { Access, Running } from '#metering/access.ts'
import type { Metering } from '#metering/metering.ts'
import { notInPlan, type Offer, unknownUsageFeature, withoutSubscription } from '#metering/usage-decision.ts'
import type { Placement } from '#metering/usage-window.ts'
import type { Context } from '#organisations/org.ts'
import type { Problem } from '#problem.ts'

export type Asked = {
  /** Code of a usage feature. */
  readonly feature: string
  /** How the customer was named. */
  readonly customerId: string
  /** The window that is asked for; null when there is no access then. */
  readonly place: (running: Running) => Placement | null
  /** The types of feature that may be meant; usage features alone when absent. */
  readonly types?: readonly FeatureType[]
}

const usageAlone: readonly FeatureType[] = ['usage']

/** What a customer's plan offers of a usage feature, or the first reason why it offers nothing. */
export async function findOffer(
  metering: Metering,
  { org, now }: Context,
  access: Access,
  asked: Asked,
): Promise<(Offer & Placement) | Problem> {
  const running = access.subscription
  const types = asked.types ?? usageAlone
  const placement = running && asked.place(running)
  if (running && placement) {
    const { byCode, list } = await metering.terms.terms(org.id, access.version, running, placement.window, now)
    const terms = byCode.get(asked.feature)
    if (terms && types.includes(terms.type)) return { running, terms, features: list, ...placement }
  }
  const feature = await metering.terms.feature(org.id, access.version, asked.feature)
  if (!feature || !types.includes(feature.type)) return unknownUsageFeature(asked.feature)
  return placement ? notInPlan(asked.feature) : withoutSubscription(asked.customerId)
}
