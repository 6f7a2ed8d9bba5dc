import type { Country } from '../place/countries.ts'
import { useLanguage } from '../text/language.ts'
import { PageFooter } from '../ui/page-footer.tsx'
import { fillForm } from './fill-form.ts'
import { CheckoutForm } from './form.tsx'
import { NextStep } from './next-step.tsx'
import { Closed, Processing, Receipt } from './outcomes.tsx'
import type { PageData } from './page-data.ts'
import { type FillTestData, SandboxBanner, TestDataPanel } from './sandbox.tsx'
import { Offer, Order } from './summary.tsx'
import { testFormValues } from './test-data.ts'
import { useCheckout } from './use-checkout.ts'

export type CheckoutViewProps = Omit<PageData, 'locale' | 'messages'> & { countries: readonly Country[] }

/** The hosted checkout in whatever state it is. */
export function CheckoutPage(props: CheckoutViewProps) {
  const { checkout, theme } = props
  return (
    <div class="page page-split">
      {!checkout.livemode && <SandboxBanner />}
      <main class="checkout">{checkout.status === 'open' ? <Open {...props} /> : <Finished {...props} />}</main>
      <PageFooter theme={theme} />
    </div>
  )
}

function Open(props: CheckoutViewProps) {
  const { token, theme, countries } = props
  const { locale } = useLanguage()
  const state = useCheckout(props)
  const { checkout, enhanced } = state.part
  const address = `/${checkout.page}/${encodeURIComponent(token)}`
  const query = `?locale=${locale}${theme === 'auto' ? '' : `&theme=${theme}`}`
  const hasTestData = !checkout.livemode && checkout.provider === 'commet'

  const fill: FillTestData = (card, country) => {
    const form = state.form.current
    if (!form) return
    const { country: code, ...values } = testFormValues(card, country, state.typed())
    if (code) fillForm(form, { country: code })
    // The fields of the new country have to be on the page before they can be filled.
    window.setTimeout(() => fillForm(form, values), 0)
  }
  return (
    <>
      <div class="summary">
        <Offer checkout={checkout} updating={state.updating} />
        {hasTestData && <TestDataPanel checkout={checkout} enhanced={enhanced} onFill={fill} />}
      </div>
      <div class="panel">
        <CheckoutForm
          state={state}
          countries={countries}
          action={`${address}${query}`}
          quoteAction={`${address}/quote${query}`}
        />
      </div>
    </>
  )
}

function Finished(props: CheckoutViewProps) {
  return (
    <>
      <div class="panel panel-outcome">
        <State {...props} />
      </div>
      <div class="summary">
        <Order checkout={props.checkout} />
      </div>
    </>
  )
}

function State({ checkout, token, timeZone }: CheckoutViewProps) {
  switch (checkout.status) {
    case 'processing':
      return <Processing page={checkout.page} token={token} />
    case 'requires_action':
      return <NextStep checkout={checkout} token={token} />
    case 'complete':
      return <Receipt checkout={checkout} receipt={checkout.receipt} timeZone={timeZone ?? 'UTC'} />
    case 'canceled':
    case 'expired':
      return <Closed checkout={checkout} reason={checkout.status} />
    case 'open':
      return null
    default:
      return checkout.status satisfies never
  }
}
