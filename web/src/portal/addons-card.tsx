import { useCardName } from '../checkout/outcomes.tsx'
import { ActionForm } from './action-form.tsx'
import { Card } from './card.tsx'
import type { PortalAddon, PortalDescription, PortalSubscription } from './portal.types.ts'
import { usePortal } from './words.ts'

type Props = { portal: PortalDescription; subscription: PortalSubscription }

/** Add-ons: those there are, and those there could be with what they cost today. */
export function AddonsCard({ portal, subscription }: Props) {
  const { text } = usePortal()
  const cardName = useCardName()
  const { addons, may, status, currency } = subscription
  const isOffered = status === 'active' || status === 'trialing'
  const shown = isOffered ? addons : addons.filter(({ isActive }) => isActive)
  if (shown.length === 0) return null
  return (
    <Card id="addons" title={text('addons.title')}>
      <ul class="offers">
        {shown.map((addon) => (
          <li key={addon.id} class="offer">
            <AddonText addon={addon} subscription={subscription} />
            {addon.isActive ? (
              <EndAddon addon={addon} />
            ) : (
              may.buy && <ActivateAddon addon={addon} currency={currency} />
            )}
          </li>
        ))}
      </ul>
      {shown.some(({ isActive, now }) => !isActive && now > 0) && (
        <p class="note">
          {portal.paymentMethod ? text('buy.card', { card: cardName(portal.paymentMethod) }) : text('buy.noCard')}
        </p>
      )}
    </Card>
  )
}

function AddonText({ addon, subscription }: { addon: PortalAddon; subscription: PortalSubscription }) {
  const { text, money } = usePortal()
  const { currency, billingInterval } = subscription
  const interval = billingInterval === null || billingInterval === 'one_time' ? 'monthly' : billingInterval
  const price = text(`every.${interval}`, { amount: money(addon.price, currency) })
  const dueText = addon.isActive
    ? text('addons.active')
    : addon.now > 0
      ? text('addons.now', { amount: money(addon.now, currency) })
      : addon.later > 0
        ? text('addons.later', { amount: money(addon.later, currency) })
        : text('addons.nothing')
  return (
    <div>
      <p>
        {addon.name}, {price}
      </p>
      {addon.description && <p class="soft">{addon.description}</p>}
      <p class="soft">{dueText}</p>
    </div>
  )
}

function ActivateAddon({ addon, currency }: { addon: PortalAddon; currency: string }) {
  const { text } = usePortal()
  return (
    <ActionForm action="activate-addon" shown={{ total: addon.now, currency }}>
      <input type="hidden" name="addonId" value={addon.id} />
      <button type="submit" class="button-quiet">
        {text('addons.activate', { name: addon.name })}
      </button>
    </ActionForm>
  )
}

// It takes two presses: what was paid does not come back.
function EndAddon({ addon }: { addon: PortalAddon }) {
  const { text } = usePortal()
  return (
    <details class="offer-end">
      <summary>{text('addons.end', { name: addon.name })}</summary>
      <p class="soft">{text('addons.endText')}</p>
      <ActionForm action="deactivate-addon">
        <input type="hidden" name="addonId" value={addon.id} />
        <button type="submit" class="button-quiet">
          {text('addons.deactivate', { name: addon.name })}
        </button>
      </ActionForm>
    </details>
  )
}
