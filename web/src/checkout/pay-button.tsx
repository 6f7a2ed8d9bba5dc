import { formatMoney } from '../format/money.ts'
import { useLanguage, useText } from '../text/language.ts'
import { LockIcon } from '../ui/icons.tsx'
import type { CheckoutDescription } from './render.types.ts'
import { Total } from './summary.tsx'
import { buttonLabel, mandateText } from './terms.ts'

export type Phase = 'idle' | 'sending' | 'retrying' | 'authenticating' | 'leaving'

/** The last look before money moves: the total, what is agreed to, and the button. */
export function PayButton({
  checkout,
  phase,
  updating,
  works,
}: {
  checkout: CheckoutDescription
  phase: Phase
  updating: boolean
  /** False where nothing can be sent without script, and the script does not run (yet). */
  works: boolean
}) {
  const language = useLanguage()
  const text = useText()
  const busy = phase !== 'idle'
  const words: Record<Phase, string> = {
    idle: buttonLabel(checkout, language),
    sending: text('button.sending'),
    retrying: text('button.retrying'),
    authenticating: text('button.bank'),
    leaving: text('button.sending'),
  }
  return (
    <div class="pay">
      <dl class="totals" data-updating={updating ? '' : undefined}>
        <Total
          label={text('summary.dueToday')}
          amount={formatMoney(checkout.total, checkout.currency, language.locale)}
          isFinal
        />
      </dl>
      <p class="mandate" id="mandate">
        {mandateText(checkout, language)}
      </p>
      {/* What was seen, for a browser without script: the server takes no more than this. */}
      <input type="hidden" name="shown" autocomplete="off" value={`${checkout.total} ${checkout.currency}`} />
      <button
        class="button"
        type="submit"
        aria-describedby="mandate"
        disabled={!works}
        aria-disabled={busy ? 'true' : undefined}
        data-busy={busy ? '' : undefined}
      >
        {busy ? <span class="spinner" aria-hidden="true" /> : <LockIcon />}
        <span>{words[phase]}</span>
      </button>
      <p class="pay-status" role="status">
        {busy && (
          <>
            <span class="visually-hidden">{words[phase]} </span>
            {text('button.noClose')}
          </>
        )}
      </p>
    </div>
  )
}
