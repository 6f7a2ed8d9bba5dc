import { formatRate } from '../format/money.ts'
import { usePortalAddress } from './action-form.tsx'
import { Card } from './card.tsx'
import type { PortalFeature, PortalSubscription } from './portal.types.ts'
import { usePortal } from './words.ts'

/** What the plan gives and how much of it is used. */
export function UsageCard({ subscription }: { subscription: PortalSubscription }) {
  const { text, day } = usePortal()
  const address = usePortalAddress()
  if (subscription.features.length === 0 && !subscription.may.setSeats) return null
  const counts = subscription.features.some(({ type }) => type === 'usage')
  return (
    <Card id="usage" title={text('usage.title')}>
      <ul class="meters">
        {subscription.features.map((feature) => (
          <Feature key={feature.code} feature={feature} subscription={subscription} />
        ))}
      </ul>
      {counts && subscription.resetsOn && (
        <p class="note">{text('plan.resets', { date: day(subscription.resetsOn) })}</p>
      )}
      {subscription.may.setSeats && (
        <p class="card-ways">
          <a class="button-quiet" href={address('seats')}>
            {text('seats.change')}
          </a>
        </p>
      )}
    </Card>
  )
}

function Feature({ feature, subscription }: { feature: PortalFeature; subscription: PortalSubscription }) {
  const { text, count, locale } = usePortal()
  const {
    name,
    type,
    enabled,
    current = 0,
    included = 0,
    unlimited,
    overageQuantity = 0,
    overageUnitPrice = 0,
  } = feature
  if (type === 'boolean') {
    return (
      <li class="meter">
        <p class="meter-head">
          <span>{name}</span>
          <span class="soft">{text(enabled ? 'usage.yes' : 'usage.no')}</span>
        </p>
      </li>
    )
  }
  const isDrawn = type === 'usage' && subscription.consumptionModel !== 'metered'
  const used = count(current)
  const figure = unlimited
    ? text('usage.unlimited', { used })
    : isDrawn
      ? text('usage.used', { used })
      : text('usage.of', { used, included: count(included) })
  const hasScale = !unlimited && !isDrawn && included > 0
  const price = formatRate(overageUnitPrice, subscription.currency, locale)
  return (
    <li class="meter">
      <p class="meter-head">
        <span>{name}</span>
        <span class="meter-figure">{figure}</span>
      </p>
      {hasScale && (
        <meter
          class="meter-bar"
          aria-label={name}
          min={0}
          max={included}
          high={included * 0.8}
          value={Math.min(current, included)}
        />
      )}
      {overageQuantity > 0 && (
        <p class="note">
          {overageUnitPrice > 0
            ? text('usage.beyond', { count: count(overageQuantity), price })
            : text('usage.beyondFree', { count: count(overageQuantity) })}
        </p>
      )}
    </li>
  )
}
