import { safeLink } from '../checkout/link.ts'
import { SandboxBanner } from '../checkout/sandbox.tsx'
import { AlertIcon, CheckIcon, ClockIcon } from '../ui/icons.tsx'
import { OrganisationMark } from '../ui/organisation-mark.tsx'
import { PageFooter } from '../ui/page-footer.tsx'
import { DetailsCard, InvoicesCard, MethodCard } from './account-cards.tsx'
import { usePortalAddress } from './action-form.tsx'
import { AddonsCard } from './addons-card.tsx'
import { CancelPart } from './cancel-part.tsx'
import { DetailsPart } from './details-part.tsx'
import { EmailPart } from './email-part.tsx'
import { BalanceCard, CreditsCard, SpendCapCard } from './funds-cards.tsx'
import { HistoryPart } from './history-part.tsx'
import { PlanCard, Urgent } from './plan-card.tsx'
import { PlansPart } from './plans-part.tsx'
import type { PortalDescription, PortalPageProps, PortalRefusal } from './portal.types.ts'
import { SeatsPart } from './seats-part.tsx'
import { UsageCard } from './usage-card.tsx'
import { WithdrawalsCard } from './withdrawals-card.tsx'
import { isPortalKey, usePortal } from './words.ts'

/** The portal: the overview, or the page of one decision. No script: everything is a link or a form. */
export function PortalPage({ portal, part, plans, seats, history, theme, done, refusal }: PortalPageProps) {
  const { text } = usePortal()
  const address = usePortalAddress()
  const { organisation, customer, subscription } = portal
  const back = safeLink(portal.returnUrl)
  return (
    <div class="page page-portal">
      {!portal.livemode && <SandboxBanner />}
      <main class="portal">
        <div class="portal-head">
          <OrganisationMark name={organisation.name} />
          {back && <a href={back}>{text('back', { organisation: organisation.name })}</a>}
        </div>
        <h1 class="visually-hidden">{text('page.title', { organisation: organisation.name })}</h1>
        {part === 'overview' ? (
          <p class="soft">{text('page.lead', { email: customer.email })}</p>
        ) : (
          <p>
            <a href={address()}>{text('overview')}</a>
          </p>
        )}
        <Said done={done} refusal={refusal} organisation={organisation.name} />
        {part === 'cancel' && subscription?.may.cancel ? (
          <CancelPart subscription={subscription} />
        ) : part === 'plans' && plans ? (
          <PlansPart portal={portal} plans={plans} />
        ) : part === 'seats' && seats ? (
          <SeatsPart portal={portal} seats={seats} />
        ) : part === 'history' && history ? (
          <HistoryPart history={history} />
        ) : part === 'email' ? (
          <EmailPart portal={portal} />
        ) : part === 'billing-details' ? (
          <DetailsPart portal={portal} />
        ) : (
          <Overview portal={portal} />
        )}
      </main>
      <PageFooter theme={theme} />
    </div>
  )
}

function Overview({ portal }: { portal: PortalDescription }) {
  const { text } = usePortal()
  const { subscription } = portal
  return (
    <>
      {subscription && <Urgent portal={portal} subscription={subscription} />}
      <div class="cards">
        {subscription ? (
          <>
            <PlanCard subscription={subscription} />
            <UsageCard subscription={subscription} />
            <AddonsCard portal={portal} subscription={subscription} />
            <CreditsCard portal={portal} subscription={subscription} />
            <BalanceCard portal={portal} subscription={subscription} />
          </>
        ) : (
          <p class="soft">{text('plan.none')}</p>
        )}
        <MethodCard portal={portal} />
        <DetailsCard portal={portal} />
        {subscription && <SpendCapCard subscription={subscription} />}
      </div>
      <InvoicesCard portal={portal} />
      <WithdrawalsCard withdrawals={portal.withdrawals} />
    </>
  )
}

type SaidProps = { done: string | undefined; refusal: PortalRefusal | undefined; organisation: string }

/** What became of what was just asked for. */
function Said({ done, refusal, organisation }: SaidProps) {
  const { text, money } = usePortal()
  if (refusal?.code === 'price_not_shown') {
    const { total, currency } = refusal.price ?? { total: 0, currency: 'usd' }
    return (
      <div class="notice notice-warn" role="status">
        <ClockIcon />
        <p>{text('balance.sum', { total: money(total, currency) })}</p>
      </div>
    )
  }
  if (refusal) {
    const declined = `refused.${refusal.declineCode}`
    const key = refusal.declineCode && isPortalKey(declined) ? declined : `refused.${refusal.code}`
    return (
      <div class="notice notice-bad" role="alert">
        <AlertIcon />
        <div class="notice-body">
          <h2 class="notice-title">{text('refused.title')}</h2>
          <p>
            {isPortalKey(key) ? text(key, { organisation }) : refusal.message}
            {refusal.action === 'change-plan' && refusal.code === 'charge_failed' && ` ${text('refused.planKept')}`}
          </p>
        </div>
      </div>
    )
  }
  const key = `done.${done}`
  if (!isPortalKey(key)) return null
  return (
    <div class="notice notice-good" role="status">
      <CheckIcon />
      <p>{text(key)}</p>
    </div>
  )
}
