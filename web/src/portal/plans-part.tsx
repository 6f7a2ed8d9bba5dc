import { useCardName } from '../checkout/outcomes.tsx'
import { Facts } from '../ui/facts.tsx'
import { ActionForm, usePortalAddress } from './action-form.tsx'
import { Card } from './card.tsx'
import type { PortalDescription, PortalPlanOption, PortalPlansDescription } from './portal.types.ts'
import { priceText, usePortal } from './words.ts'

type Props = { portal: PortalDescription; plans: PortalPlansDescription }

/** Plans to change to; one that is chosen is shown with what it costs before anything is done. */
export function PlansPart({ portal, plans }: Props) {
  const { text } = usePortal()
  if (plans.preview) return <Preview portal={portal} preview={plans.preview} />
  return (
    <Card id="plans" title={text('plans.title')}>
      {plans.options.length < 2 ? (
        <p class="soft">{text('plans.none')}</p>
      ) : (
        <ul class="offers">
          {plans.options.map((option) => (
            <Option key={`${option.planId}-${option.billingInterval}`} option={option} />
          ))}
        </ul>
      )}
    </Card>
  )
}

function Option({ option }: { option: PortalPlanOption }) {
  const { text, locale } = usePortal()
  const address = usePortalAddress()
  const { name, description, state, planId, billingInterval } = option
  const price = priceText(option, locale)
  const chosen = { planId, ...(billingInterval === null ? {} : { billingInterval }) }
  return (
    <li class="offer">
      <span class="offer-text">
        <span class="plan-price">{name}</span>
        <span>{price}</span>
        {description && <span class="soft">{description}</span>}
        {state !== 'current' && state !== 'scheduled' && <span class="soft">{text(words[state])}</span>}
      </span>
      {state === 'current' || state === 'scheduled' ? (
        <span class="badge">{text(words[state])}</span>
      ) : (
        state !== 'too_many_seats' && (
          <a
            class="button-quiet"
            href={address('plans', chosen)}
            aria-label={text('plans.chooseInterval', { plan: name, price })}
          >
            {text('plans.choose', { plan: name })}
          </a>
        )
      )}
    </li>
  )
}

const words = {
  current: 'plans.current',
  now: 'plans.now',
  at_period_end: 'plans.later',
  scheduled: 'plans.scheduled',
  too_many_seats: 'plans.seats',
} as const

function Preview({ portal, preview }: { portal: PortalDescription; preview: NonNullable<Props['plans']['preview']> }) {
  const { text, money, day, locale } = usePortal()
  const address = usePortalAddress()
  const cardName = useCardName()
  const { name, planId, billingInterval, price, credit, total, currency, isNow, effectiveOn, nextInvoice } = preview
  const next =
    nextInvoice &&
    text('plan.nextChargeText', { amount: money(nextInvoice.amount, currency), date: day(nextInvoice.on) })
  const { paymentMethod } = portal
  return (
    <Card id="plans" title={text('preview.title', { plan: name, price: priceText(preview, locale) })}>
      <p>{isNow ? text('preview.now') : text('preview.later', { date: day(effectiveOn) })}</p>
      {isNow && (
        <Facts
          rows={[
            [text('preview.base'), money(price, currency)],
            [text('preview.credit'), credit > 0 ? money(-credit, currency) : null],
            [text('preview.total'), money(total, currency)],
            [text('preview.next'), next],
          ]}
        />
      )}
      {!isNow && next && <Facts rows={[[text('preview.next'), next]]} />}
      {nextInvoice && <p class="note">{text('plan.usageOnTop')}</p>}
      {isNow && total > 0 && (
        <p class="note">
          {text('preview.note')} {paymentMethod && text('preview.card', { card: cardName(paymentMethod) })}
        </p>
      )}
      <ActionForm action="change-plan" shown={{ total, currency }}>
        <input type="hidden" name="planId" value={planId} />
        <input type="hidden" name="billingInterval" value={billingInterval ?? ''} />
        <div class="choices">
          <button type="submit" class="button">
            {isNow && total > 0
              ? text('preview.confirmPay', { amount: money(total, currency) })
              : text('preview.confirm')}
          </button>
          <a class="button button-second" href={address('plans')}>
            {text('preview.other')}
          </a>
        </div>
      </ActionForm>
    </Card>
  )
}
