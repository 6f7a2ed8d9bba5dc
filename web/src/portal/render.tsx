import type { ComponentChildren } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { Outcome } from '../checkout/outcomes.tsx'
import { LanguageContext } from '../text/language.ts'
import type { Locale } from '../text/locale.ts'
import { messagesIn } from '../text/messages.ts'
import { say } from '../text/say.ts'
import { htmlDocument } from '../ui/html-document.ts'
import { CheckIcon, ClockIcon } from '../ui/icons.tsx'
import { PageFooter } from '../ui/page-footer.tsx'
import { PortalContext, type PortalPageFacts } from './action-form.tsx'
import { type ConfirmationData, ConfirmationPage } from './confirmation.tsx'
import { PortalPage } from './page.tsx'
import type {
  ConfirmationPageProps,
  EmailChangeProps,
  PortalEndedProps,
  PortalPageProps,
  PortalPart,
} from './portal.types.ts'
import { type PortalKey, sayIn, usePortal } from './words.ts'

const titles: Record<PortalPart, PortalKey> = {
  overview: 'page.title',
  cancel: 'page.cancel',
  'billing-details': 'page.details',
  plans: 'page.plans',
  seats: 'page.seats',
  email: 'page.email',
  history: 'page.history',
}

/** The customer portal as a whole HTML document, without script. */
export function renderPortal(props: PortalPageProps): string {
  const { assets, locale, theme, token, once, portal, part, plans, seats, history, done, refusal } = props
  const title = sayIn(locale, titles[part], { organisation: portal.organisation.name })
  return htmlDocument({
    locale,
    theme,
    assets,
    title: refusal ? say(messagesIn(locale), 'page.error', { title }) : title,
    body: markup(
      locale,
      { token, theme, once, refusal },
      <PortalPage
        portal={portal}
        part={part}
        plans={plans}
        seats={seats}
        history={history}
        theme={theme}
        done={done}
        refusal={refusal}
      />,
    ),
  })
}

/** The bank's step of a charge with the stored card, which the provider's script shows. */
export function renderConfirmation({ assets, locale, token, ...view }: ConfirmationPageProps): string {
  const { theme } = view
  const messages = messagesIn(locale)
  const look = new URLSearchParams({ locale, ...(theme === 'auto' ? {} : { theme }) })
  const back = `/portal/${encodeURIComponent(token)}?${look}`
  const shown = { ...view, back, backText: sayIn(locale, 'overview') }
  const data: ConfirmationData = { ...shown, view: 'confirmation', locale, messages }
  return htmlDocument({
    locale,
    theme,
    assets,
    title: say(messages, 'action.title'),
    body: renderToString(
      <LanguageContext.Provider value={{ locale, messages }}>
        <ConfirmationPage {...shown} />
      </LanguageContext.Provider>,
    ),
    data,
  })
}

/** What a link shows whose session has ended: a way to a new one. */
export function renderPortalEnded({ assets, locale, theme, token, isSent }: PortalEndedProps): string {
  const page = <PortalEnded theme={theme} token={token} isSent={isSent} />
  return htmlDocument({
    locale,
    theme,
    assets,
    title: sayIn(locale, isSent ? 'ended.sent' : 'ended.page'),
    body: markup(locale, { token, theme, once: '', refusal: undefined }, page),
  })
}

/** What the link in a mail shows that asks whether a new address is right. */
export function renderEmailChange(props: EmailChangeProps): string {
  const { assets, locale, theme, token, standing } = props
  return htmlDocument({
    locale,
    theme,
    assets,
    title: sayIn(locale, `email.${standing}`),
    body: markup(locale, { token, theme, once: '', refusal: undefined }, <EmailChange {...props} />),
  })
}

function markup(locale: Locale, facts: PortalPageFacts, page: ComponentChildren): string {
  return renderToString(
    <LanguageContext.Provider value={{ locale, messages: messagesIn(locale) }}>
      <PortalContext.Provider value={facts}>{page}</PortalContext.Provider>
    </LanguageContext.Provider>,
  )
}

function PortalEnded({ theme, token, isSent }: Pick<PortalEndedProps, 'theme' | 'token' | 'isSent'>) {
  const { text, locale } = usePortal()
  const look = new URLSearchParams({ locale, ...(theme === 'auto' ? {} : { theme }) })
  return (
    <div class="page page-message">
      <main class="message">
        <Outcome
          tone={isSent ? 'good' : 'calm'}
          icon={isSent ? <CheckIcon /> : <ClockIcon />}
          title={text(isSent ? 'ended.sent' : 'ended.page')}
        >
          <p class="outcome-lead">{text(isSent ? 'ended.sentText' : 'ended.pageText')}</p>
          {!isSent && (
            <form method="post" action={`/portal/${encodeURIComponent(token)}/new-link?${look}`}>
              <button type="submit" class="button">
                {text('ended.send')}
              </button>
            </form>
          )}
        </Outcome>
      </main>
      <PageFooter theme={theme} />
    </div>
  )
}

function EmailChange({ theme, token, standing, email, organisation }: EmailChangeProps) {
  const { text, locale } = usePortal()
  const look = new URLSearchParams({ locale, ...(theme === 'auto' ? {} : { theme }) })
  return (
    <div class="page page-message">
      <main class="message">
        <Outcome
          tone={standing === 'confirmed' ? 'good' : 'calm'}
          icon={standing === 'confirmed' ? <CheckIcon /> : <ClockIcon />}
          title={text(`email.${standing}`)}
        >
          <p class="outcome-lead">{text(`email.${standing}Text`, { email, organisation })}</p>
          {standing === 'waiting' && (
            <form method="post" action={`/email/${encodeURIComponent(token)}?${look}`}>
              <button type="submit" class="button">
                {text('email.confirm')}
              </button>
            </form>
          )}
        </Outcome>
      </main>
      <PageFooter theme={theme} />
    </div>
  )
}
