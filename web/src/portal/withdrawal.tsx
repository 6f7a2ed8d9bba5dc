import { Outcome } from '../checkout/outcomes.tsx'
import { formatMinute } from '../format/day.ts'
import { Facts } from '../ui/facts.tsx'
import { AlertIcon, CheckIcon, ClockIcon } from '../ui/icons.tsx'
import { MessageFrame } from '../ui/message-frame.tsx'
import { OrganisationMark } from '../ui/organisation-mark.tsx'
import { renderPage } from '../ui/render-page.tsx'
import type { WithdrawalPageProps } from './portal.types.ts'
import { type PortalKey, sayIn, usePortal } from './words.ts'

const titles: Record<WithdrawalPageProps['standing'], PortalKey> = {
  open: 'withdraw.page',
  withdrawn: 'withdraw.withdrawn',
  over: 'withdraw.over',
  settled: 'withdraw.settled',
  none: 'withdraw.none',
}

/** The page on which a consumer withdraws from a contract, without script, or is told how it stands. */
export function renderWithdrawal(props: WithdrawalPageProps): string {
  return renderPage(props, sayIn(props.locale, titles[props.standing]), <WithdrawalPage {...props} />)
}

function WithdrawalPage(props: WithdrawalPageProps) {
  const { livemode, organisation, theme, standing, contract } = props
  return (
    <MessageFrame theme={theme} isSandbox={!livemode}>
      <OrganisationMark name={organisation} />
      {standing === 'open' && contract ? <Declaration {...props} contract={contract} /> : <Standing {...props} />}
    </MessageFrame>
  )
}

type Contract = NonNullable<WithdrawalPageProps['contract']>

/** Everything the declaration says, and the button that makes it. */
function Declaration({ organisation, contract, isBusy, action }: WithdrawalPageProps & { contract: Contract }) {
  const { text, day, money, locale } = usePortal()
  const { kind, name, concludedAt, lastDay, refund, currency, customerName, email } = contract
  return (
    <div class="outcome" data-tone="calm">
      <h1 class="outcome-title">{text('withdraw.page')}</h1>
      {isBusy && (
        <div class="notice notice-bad" role="alert">
          <AlertIcon />
          <p>{text('withdraw.busy')}</p>
        </div>
      )}
      <p class="outcome-lead">{text('withdraw.lead', { date: lastDay ? day(lastDay) : '', organisation })}</p>
      <Facts
        rows={[
          [text('withdraw.contract'), name],
          [text('withdraw.concluded'), formatMinute(concludedAt, locale)],
          [text('withdraw.name'), customerName],
          [text('withdraw.receipt'), email],
          [text('withdraw.refund'), refund > 0 ? money(refund, currency) : null],
        ]}
      />
      <p>{text(kind === 'subscription' ? 'withdraw.ends' : 'withdraw.taken')}</p>
      <form method="post" action={action}>
        <button type="submit" class="button button-bad">
          {text('withdraw.confirm')}
        </button>
      </form>
      <p class="note">{text('withdraw.leave')}</p>
    </div>
  )
}

/** It is done, or it cannot be done (any more). */
function Standing({ organisation, support, standing, contract, withdrawal }: WithdrawalPageProps) {
  const { text, day, money, locale } = usePortal()
  const isDone = standing === 'withdrawn'
  const { name = '', lastDay = null, currency = '' } = contract ?? {}
  const values = { name, organisation, date: lastDay ? day(lastDay) : '' }
  const questions = support ? 'withdraw.questions' : 'withdraw.questionsPlain'
  return (
    <Outcome
      tone={isDone ? 'good' : 'calm'}
      icon={isDone ? <CheckIcon /> : <ClockIcon />}
      title={text(titles[standing])}
    >
      <p class="outcome-lead">{standing === 'open' ? '' : text(`withdraw.${standing}Text`, values)}</p>
      {withdrawal && (
        <Facts
          rows={[
            [text('withdraw.at'), formatMinute(withdrawal.declaredAt, locale)],
            [text('withdraw.refund'), withdrawal.amount > 0 ? money(withdrawal.amount, currency) : null],
          ]}
        />
      )}
      <p class="note">{text(questions, { contact: support ?? '', organisation })}</p>
    </Outcome>
  )
}
