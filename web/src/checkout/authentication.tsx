import { formatMoney } from '../format/money.ts'
import { useLanguage, useText } from '../text/language.ts'
import { Facts } from '../ui/facts.tsx'
import { ShieldIcon } from '../ui/icons.tsx'
import { PageFooter } from '../ui/page-footer.tsx'
import { useCardName } from './outcomes.tsx'
import type { AuthenticationPageProps } from './render.types.ts'
import { SandboxBanner } from './sandbox.tsx'

/** The simulated bank's page: approve or fail. A form without script or address, so it posts to where it was opened. */
export function AuthenticationPage(props: AuthenticationPageProps) {
  const { organisation, total, currency, card, theme } = props
  const { locale } = useLanguage()
  const text = useText()
  const cardName = useCardName()
  const amount = formatMoney(total, currency, locale)
  const charges = total > 0
  return (
    <div class="page page-bank">
      <SandboxBanner />
      <main class="bank">
        <p class="bank-name">
          <ShieldIcon />
          {text('authentication.bank')}
        </p>
        <h1 class="bank-title">{text(charges ? 'authentication.title' : 'authentication.titleCard')}</h1>
        <p>
          {charges
            ? text('authentication.text', { organisation: organisation.name, amount })
            : text('authentication.textCard', { organisation: organisation.name })}
        </p>
        <Facts
          rows={[
            [text('authentication.merchant'), organisation.name],
            [text('authentication.amount'), amount],
            [text('authentication.card'), card && cardName(card)],
          ]}
        />
        <form method="post" class="bank-choices">
          <button class="button" type="submit" name="outcome" value="approve">
            {text('authentication.approve')}
          </button>
          <button class="button button-second" type="submit" name="outcome" value="fail">
            {text('authentication.fail')}
          </button>
        </form>
        <p class="bank-note">{text('authentication.note')}</p>
      </main>
      <PageFooter theme={theme} />
    </div>
  )
}
