import { useText } from '../text/language.ts'
import { PaymentFields } from './card-fields.tsx'
import { AddressFields, ContactFields } from './contact-fields.tsx'
import { listErrors } from './field-errors.ts'
import { ErrorSummary, RefusalNotice } from './notices.tsx'
import { PayButton } from './pay-button.tsx'
import { PromoField } from './promo-field.tsx'
import type { CheckoutState } from './use-checkout.ts'

type FormProps = {
  state: CheckoutState
  countries: ReadonlyArray<{ code: string; name: string }>
  /** This page's own address, and the one that re-prices it, for a browser without script. */
  action: string
  quoteAction: string
}

/** The form of an open checkout. It works by itself; with script it checks, re-prices and sends without leaving the page. */
export function CheckoutForm({ state, countries, action, quoteAction }: FormProps) {
  const { part, findings, phase } = state
  const text = useText()
  const busy = phase !== 'idle'
  const hasErrors = listErrors(findings.errors).length > 0
  // The answer to a press stands by the button that was pressed; one the page came with stands first.
  const isAnswer = findings.moment > 0
  const refusal = findings.refusal && <RefusalNotice refusal={findings.refusal} moment={findings.moment} />
  return (
    <form
      ref={state.form}
      id="checkout-form"
      class="form"
      method="post"
      action={action}
      aria-label={text('section.payment')}
      aria-busy={busy ? 'true' : 'false'}
      noValidate={part.enhanced}
      onInput={({ target }) => {
        if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement) state.touch(target.name)
      }}
      onSubmit={(event) => {
        event.preventDefault()
        void state.submit()
      }}
    >
      {!isAnswer && refusal}
      {!findings.refusal && hasErrors && <ErrorSummary errors={findings.errors} moment={findings.moment} />}
      <ContactFields {...part} />
      <AddressFields
        {...part}
        countries={countries}
        quoteAction={quoteAction}
        onCountry={state.changeCountry}
        onTaxFact={() => void state.reprice()}
      />
      <PaymentFields {...part} element={state.element} />
      {part.checkout.page === 'checkout' && part.checkout.occasion === 'new' && (
        <PromoField {...part} quoteAction={quoteAction} onApply={() => void state.reprice()} />
      )}
      {isAnswer && refusal}
      <PayButton
        checkout={part.checkout}
        phase={phase}
        updating={state.updating}
        works={part.enhanced || part.checkout.intake !== 'element'}
      />
      <p class="visually-hidden" role="status">
        {state.announcement}
      </p>
    </form>
  )
}
