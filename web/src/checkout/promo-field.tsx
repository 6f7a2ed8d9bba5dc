import { useText } from '../text/language.ts'
import { Fold } from '../ui/fold.tsx'
import type { FormPart } from './form-parts.ts'
import { TextField } from './text-field.tsx'

type PromoProps = FormPart & { quoteAction: string; onApply: () => void }

/**
 * A promo code, folded away because most customers have none. Without script the button asks the server for new
 * totals; with script it is no submit button, or the Enter key in any field would press it instead of the pay button.
 */
export function PromoField({ initial, errors, enhanced, quoteAction, onApply }: PromoProps) {
  const text = useText()
  return (
    <Fold label={text('field.promo')} open={initial.promoCode !== '' || errors.promoCode !== undefined}>
      <div class="promo">
        <TextField
          name="promoCode"
          autocomplete="off"
          autocapitalize="characters"
          spellcheck={false}
          label={text('field.promoCode')}
          initial={initial.promoCode}
          error={errors.promoCode}
          onEnter={onApply}
        />
        <button
          class="button-quiet promo-apply"
          type={enhanced ? 'button' : 'submit'}
          formaction={quoteAction}
          formnovalidate
          onClick={(event) => {
            event.preventDefault()
            onApply()
          }}
        >
          {text('field.apply')}
        </button>
      </div>
    </Fold>
  )
}
