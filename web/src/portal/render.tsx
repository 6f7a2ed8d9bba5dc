import { messagesIn } from '../text/messages.ts'
import { say } from '../text/say.ts'
import { lookOf } from '../ui/look.ts'
import { renderPage } from '../ui/render-page.tsx'
import { PortalContext } from './action-form.tsx'
import { type ConfirmationData, ConfirmationPage } from './confirmation.tsx'
import { PortalPage } from './page.tsx'
import type { ConfirmationPageProps, PortalPageProps, PortalPart } from './portal.types.ts'
import { type PortalKey, sayIn } from './words.ts'

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
  const { locale, theme, token, once, portal, part, refusal } = props
  const title = sayIn(locale, titles[part], { organisation: portal.organisation.name })
  return renderPage(
    props,
    refusal ? say(messagesIn(locale), 'page.error', { title }) : title,
    <PortalContext.Provider value={{ token, theme, once, refusal }}>
      <PortalPage {...props} />
    </PortalContext.Provider>,
  )
}

/** The bank's step of a charge with the stored card, which the provider's script shows. */
export function renderConfirmation({ assets, locale, token, ...view }: ConfirmationPageProps): string {
  const { theme } = view
  const messages = messagesIn(locale)
  const back = `/portal/${encodeURIComponent(token)}?${lookOf(locale, theme)}`
  const shown = { ...view, back, backText: sayIn(locale, 'overview') }
  const data: ConfirmationData = { ...shown, view: 'confirmation', locale, messages }
  const title = say(messages, 'action.title')
  return renderPage({ locale, theme, assets }, title, <ConfirmationPage {...shown} />, { data })
}
