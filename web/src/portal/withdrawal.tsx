import { renderToString } from 'preact-render-to-string'
import { Outcome } from '../checkout/outcomes.tsx'
import { SandboxBanner } from '../checkout/sandbox.tsx'
import { formatMinute } from '../format/day.ts'
import { LanguageContext } from '../text/language.ts'
import { messagesIn } from '../text/messages.ts'
import { htmlDocument } from '../ui/html-document.ts'
import { AlertIcon, CheckIcon, ClockIcon } from '../ui/icons.tsx'
import { OrganisationMark } from '../ui/organisation-mark.tsx'
import { PageFooter } from '../ui/page-footer.tsx'
import { Facts } from './card.tsx'
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
  const { assets, locale, theme, standing } = props
  return htmlDocument({
    locale,
    theme,
    assets,
    title: sayIn(locale, titles[standing]),
    body: renderToString(
      <LanguageContext.Provider value={{ locale, messages: messagesIn(locale) }}>
        <WithdrawalPage {...props} />
      </LanguageContext.Provider>,
    ),
  })
}

function WithdrawalPage(props: WithdrawalPageProps) {
  const { livemode, organisation, theme, standing, contract } = props
  return (
    <div class="page page-message">
      {!livemode && <SandboxBanner />}
      <main class="message">
        <OrganisationMark name={organisation} />
        {standing === 'open' && contract ? <Declaration {...props} contract={contract} /> : <Standing {...props} />}
      </main>
      <PageFooter theme={theme} />
    </div>
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
