import { type Country, countriesIn } from '../place/countries.ts'
import { chooseLocale, type Locale } from '../text/locale.ts'
import { messagesIn } from '../text/messages.ts'
import { say } from '../text/say.ts'
import { renderPage } from '../ui/render-page.tsx'
import { AuthenticationPage } from './authentication.tsx'
import { listErrors, serverErrors, withDecline } from './field-errors.ts'
import { initialValues } from './form-values.ts'
import { MessagePage } from './message.tsx'
import { CheckoutPage } from './page.tsx'
import type { PageData } from './page-data.ts'
import type { AuthenticationPageProps, CheckoutPageProps, MessagePageProps, PageTheme } from './render.types.ts'

export { chooseLocale }

/** The client's entry in its manifest: `manifest[clientEntry].file` is the script, `.css` the styles. */
export const clientEntry = 'src/checkout/enhance.tsx'

/** The theme a `?theme=` asks for; anything unknown follows the system. */
export function chooseTheme(wish: string | null | undefined): PageTheme {
  return wish === 'light' || wish === 'dark' ? wish : 'auto'
}

const countryLists = new Map<Locale, Country[]>()

function allCountries(locale: Locale): Country[] {
  const known = countryLists.get(locale) ?? countriesIn(locale)
  countryLists.set(locale, known)
  return known
}

/** The checkout as a whole HTML document, in whatever state it is. */
export function renderCheckout({ assets, countries, locale, errors, ...view }: CheckoutPageProps): string {
  const { checkout, theme, banner } = view
  const messages = messagesIn(locale)
  const language = { locale, messages }
  const asksForCard = checkout.intake === 'card'
  const found = serverErrors(errors ?? [], initialValues(checkout, view.values), asksForCard, language)
  const fieldErrors = withDecline(found, banner, language)
  // What was typed of a card stays in the markup of its fields and goes nowhere else.
  const { cardNumber: _number, cardExpiry: _expiry, cardCvc: _code, ...values } = view.values ?? {}
  const data: PageData = { ...view, values, errors: fieldErrors, locale, messages }
  const title = say(messages, 'page.checkout', { organisation: checkout.organisation.name })
  const isRefused = checkout.status === 'open' && (banner !== undefined || listErrors(fieldErrors).length > 0)
  const isAway = checkout.status === 'requires_action' && checkout.intake !== 'card'
  const hasScript = checkout.status === 'open' || checkout.status === 'processing' || isAway
  return renderPage(
    { locale, theme, assets },
    isRefused ? say(messages, 'page.error', { title }) : title,
    <CheckoutPage {...view} errors={fieldErrors} countries={countries ?? allCountries(locale)} />,
    {
      ...(hasScript && { data }),
      refreshSeconds: checkout.status === 'processing' ? 4 : isAway && checkout.intake === 'page' ? 10 : undefined,
    },
  )
}

/** The simulated bank's page, which posts `outcome=approve` or `outcome=fail` to its own address. */
export function renderAuthentication(props: AuthenticationPageProps): string {
  return renderPage(props, say(messagesIn(props.locale), 'page.authentication'), <AuthenticationPage {...props} />)
}

/** A page that only says something. */
export function renderMessage(props: MessagePageProps): string {
  const { locale, title, kind = 'error' } = props
  return renderPage(props, title ?? say(messagesIn(locale), `notice.${kind}.title`), <MessagePage {...props} />)
}
