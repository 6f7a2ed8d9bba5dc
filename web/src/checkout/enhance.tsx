import { hydrate } from 'preact'
import { LanguageContext } from '../text/language.ts'
import '../ui/icon.svg?url'
import '../ui/base.css'
import '../ui/controls.css'
import './checkout.css'
import '../portal/portal.css'
import { type ConfirmationData, ConfirmationPage } from '../portal/confirmation.tsx'
import { CheckoutPage } from './page.tsx'
import type { PageData } from './page-data.ts'

/** The countries as the server listed them: names and order differ between browsers, the markup does not. */
function countriesInMarkup(): Array<{ code: string; name: string }> {
  const options = document.querySelectorAll<HTMLOptionElement>('select[name=country] option')
  return [...options].filter(({ value }) => value !== '').map(({ value, text }) => ({ code: value, name: text }))
}

const page = document.getElementById('page')
const data = document.getElementById('page-data')?.textContent
if (page && data) {
  const { locale, messages, ...view } = JSON.parse(data) as PageData | ConfirmationData
  hydrate(
    <LanguageContext.Provider value={{ locale, messages }}>
      {'view' in view ? <ConfirmationPage {...view} /> : <CheckoutPage {...view} countries={countriesInMarkup()} />}
    </LanguageContext.Provider>,
    page,
  )
}
