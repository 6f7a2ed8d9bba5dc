import { safeLink } from '../checkout/link.ts'
import { useCardName } from '../checkout/outcomes.tsx'
import { Facts } from '../ui/facts.tsx'
import { AlertIcon, ClockIcon } from '../ui/icons.tsx'
import { ActionForm, usePortalAddress } from './action-form.tsx'
import { Card } from './card.tsx'
import type { PortalDescription, PortalSubscription } from './portal.types.ts'
import { priceText, usePortal } from './words.ts'

/** The plan: what it is, how it stands, what it costs next. */
export function PlanCard({ subscription }: { subscription: PortalSubscription }) {
  const { text, day, money, locale } = usePortal()
  const address = usePortalAddress()
  const { plan, status, periodStart, periodEnd, nextCharge, currency, may, scheduledChange } = subscription
  const dayOrNull = (of: string | null) => (of === null ? null : day(of))
  const isRunning = status === 'active' || status === 'trialing' || status === 'past_due'
  return (
    <Card id="plan" title={text('plan.title')}>
      <div class="plan-head">
        <p class="plan-name">{plan.name}</p>
        <span class="badge" data-tone={tones[status]}>
          {text(`status.${status}`)}
        </span>
      </div>
      <p class="plan-price">{priceText(subscription, locale)}</p>
      {plan.description && <p class="soft">{plan.description}</p>}
      <Facts
        rows={[
          [text('plan.trialEnds'), dayOrNull(subscription.trialEndsOn)],
          [
            text('plan.nextCharge'),
            nextCharge &&
              text('plan.nextChargeText', { amount: money(nextCharge.amount, currency), date: day(nextCharge.on) }),
          ],
          [
            text('plan.period'),
            isRunning && periodStart && periodEnd && status !== 'trialing'
              ? text('plan.periodText', { from: day(periodStart), to: day(periodEnd) })
              : null,
          ],
          [
            text('plan.changes'),
            scheduledChange && text('plan.changesText', { plan: scheduledChange.name, date: day(scheduledChange.on) }),
          ],
          [text('plan.ends'), dayOrNull(subscription.endsOn)],
          [text('plan.ended'), status === 'canceled' ? dayOrNull(subscription.endedOn) : null],
        ]}
      />
      {scheduledChange && (
        <ActionForm action="keep-plan">
          <button type="submit" class="button-quiet">
            {text('plan.keep', { plan: plan.name })}
          </button>
        </ActionForm>
      )}
      {nextCharge && <p class="note">{text('plan.usageOnTop')}</p>}
      {(may.changePlan || may.cancel) && (
        <p class="card-ways">
          {may.changePlan && (
            <a class="button-quiet" href={address('plans')}>
              {text('plan.change')}
            </a>
          )}
          {may.cancel && <a href={address('cancel')}>{text('cancel.link')}</a>}
        </p>
      )}
    </Card>
  )
}

const tones = {
  active: 'good',
  trialing: 'good',
  past_due: 'bad',
  canceled: 'calm',
  pending_payment: 'warn',
  draft: 'calm',
} as const

/** What needs the customer first: a payment that failed, an end that was chosen, a payment that was never finished. */
export function Urgent({ portal, subscription }: { portal: PortalDescription; subscription: PortalSubscription }) {
  const { text, day, money } = usePortal()
  const cardName = useCardName()
  const { status, endsOn, endedOn, may, restart, currency } = subscription
  if (portal.confirmation) {
    const { action, total, currency: asked, url } = portal.confirmation
    const pay = action === 'retry' ? safeLink(portal.owed?.payUrl) : undefined
    return (
      <div class="notice notice-warn">
        <ClockIcon />
        <div class="notice-body">
          <h2 class="notice-title">{text('confirmation.title', { amount: money(total, asked) })}</h2>
          <p>{text(`confirmation.${action}`)}</p>
          {status === 'past_due' && <p>{text('owed.blocked')}</p>}
          <div class="notice-ways">
            <a class="button-quiet" href={safeLink(url) ?? '#'}>
              {text('confirmation.go')}
            </a>
            {pay && <a href={pay}>{text('owed.payOther')}</a>}
          </div>
        </div>
      </div>
    )
  }
  if (portal.owed) return <Owed portal={portal} subscription={subscription} />
  if (status === 'pending_payment') {
    const pay = safeLink(subscription.checkoutUrl)
    return (
      <div class="notice notice-warn">
        <ClockIcon />
        <div class="notice-body">
          <p>{text('plan.payText')}</p>
          {pay && (
            <a class="button-quiet" href={pay}>
              {text('plan.pay')}
            </a>
          )}
        </div>
      </div>
    )
  }
  if (status === 'canceled' && endedOn) {
    const { paymentMethod } = portal
    return (
      <div class="notice notice-calm">
        <ClockIcon />
        <div class="notice-body">
          <h2 class="notice-title">{text('ended.title', { date: day(endedOn) })}</h2>
          {restart && paymentMethod && (
            <>
              <p>
                {text('ended.text', {
                  plan: subscription.plan.name,
                  amount: money(restart.total, currency),
                  card: cardName(paymentMethod),
                })}
              </p>
              <ActionForm action="retry" shown={{ total: restart.total, currency }}>
                <button type="submit" class="button-quiet">
                  {text('ended.start')}
                </button>
              </ActionForm>
            </>
          )}
        </div>
      </div>
    )
  }
  if (!endsOn) return null
  return (
    <div class="notice notice-warn">
      <ClockIcon />
      <div class="notice-body">
        <h2 class="notice-title">{text('ending.title', { date: day(endsOn) })}</h2>
        <p>{text('ending.text')}</p>
        {may.uncancel && (
          <ActionForm action="uncancel">
            <button type="submit" class="button-quiet">
              {text('ending.undo')}
            </button>
          </ActionForm>
        )}
      </div>
    </div>
  )
}

function Owed({ portal, subscription }: { portal: PortalDescription; subscription: PortalSubscription }) {
  const { text, money } = usePortal()
  const cardName = useCardName()
  const { owed, paymentMethod } = portal
  if (!owed) return null
  const isPastDue = subscription.status === 'past_due'
  // What was owed to start again is priced anew with each try.
  const { total, currency } = { ...owed, ...(isPastDue ? null : subscription.restart) }
  const facts = { amount: money(total, currency), number: owed.invoiceNumber }
  const pay = safeLink(owed.payUrl)
  return (
    <div class="notice notice-bad">
      <AlertIcon />
      <div class="notice-body">
        <h2 class="notice-title">{text('owed.title')}</h2>
        <p>{text(isPastDue ? 'owed.text' : 'owed.textEnded', facts)}</p>
        {isPastDue && <p>{text('owed.blocked')}</p>}
        <div class="notice-ways">
          {pay && (
            <a class="button-quiet" href={pay}>
              {text('owed.payOther')}
            </a>
          )}
          {(subscription.may.retry || subscription.restart) && paymentMethod && (
            <ActionForm action="retry" shown={{ total, currency }}>
              <button type="submit" class="button-quiet">
                {text('owed.retry', { card: cardName(paymentMethod) })}
              </button>
            </ActionForm>
          )}
        </div>
      </div>
    </div>
  )
}
