import { formatMoney, formatRate } from '../format/money.ts'
import { useLanguage, useText } from '../text/language.ts'
import { OrganisationMark } from '../ui/organisation-mark.tsx'
import type { CheckoutDescription, CheckoutLine, CheckoutTax } from './render.types.ts'
import { afterToday, headline, occasionText, orderTitle } from './terms.ts'

/** What is being bought, what it costs today and what comes after. `updating` while a new price is being asked for. */
export function Offer({ checkout, updating }: { checkout: CheckoutDescription; updating: boolean }) {
  const language = useLanguage()
  const text = useText()
  const { figure, unit } = headline(checkout, language)
  const after = afterToday(checkout, language)
  const occasion = occasionText(checkout, language)
  // One line and nothing taken off or put on it: its amount is the total, which stands in large figures above.
  const repeatsHeadline =
    checkout.lines.length === 1 && checkout.discountAmount === 0 && checkout.taxes.length === 0 && checkout.total > 0
  return (
    <div class="summary-inner">
      <OrganisationMark name={checkout.organisation.name} />
      <h1 class="summary-title">{orderTitle(checkout, language)}</h1>
      <p class="summary-figure" data-updating={updating ? '' : undefined}>
        <strong>{figure}</strong>
        {unit && <span class="summary-unit"> {unit}</span>}
      </p>
      {occasion && <p class="summary-occasion">{occasion}</p>}
      {after && <p class="summary-after">{after}</p>}
      {!occasion && checkout.plan.description && <p class="summary-description">{checkout.plan.description}</p>}
      <Lines checkout={checkout} totalLabel={repeatsHeadline ? null : text('summary.dueToday')} updating={updating} />
    </div>
  )
}

/** What was bought, beside a page whose heading says how that ended. */
export function Order({ checkout }: { checkout: CheckoutDescription }) {
  const text = useText()
  // Nothing was bought where only a card was stored.
  const isNothing = checkout.total === 0 && checkout.lines.length === 0
  const totalLabel = isNothing ? null : text(checkout.status === 'complete' ? 'summary.paid' : 'summary.total')
  return (
    <div class="summary-inner">
      <OrganisationMark name={checkout.organisation.name} />
      <h2 class="summary-plan">{checkout.plan.name}</h2>
      {checkout.plan.description && <p class="summary-after">{checkout.plan.description}</p>}
      <Lines checkout={checkout} totalLabel={totalLabel} updating={false} />
    </div>
  )
}

const discountLines = new Set(['discount', 'promo_code_discount'])

/** Without `totalLabel` the total is left to the headline. */
type LinesProps = { checkout: CheckoutDescription; totalLabel: string | null; updating: boolean }

function Lines({ checkout, totalLabel, updating }: LinesProps) {
  const { locale } = useLanguage()
  const text = useText()
  const money = (minor: number) => formatMoney(minor, checkout.currency, locale)
  // A discount that is a line of its own is not taken off a second time.
  const listed = checkout.lines.reduce((sum, line) => sum + (discountLines.has(line.lineType) ? line.amount : 0), 0)
  const discount = Math.abs(checkout.discountAmount) + listed
  const isReversed = checkout.taxTreatment === 'reverse_charge'
  const splits = discount !== 0 || checkout.taxes.length > 0 || isReversed
  return (
    <div class="lines" data-updating={updating ? '' : undefined}>
      {checkout.lines.length > 0 && (
        <ul class="line-list">
          {checkout.lines.map((line, index) => (
            <Line key={`${index}-${line.lineType}`} line={line} currency={checkout.currency} money={money} />
          ))}
        </ul>
      )}
      {(splits || totalLabel !== null) && (
        <dl class="totals">
          {splits && (
            <Total label={text('summary.subtotal')} amount={money(checkout.total - checkout.taxAmount + discount)} />
          )}
          {discount !== 0 && <Total label={text('summary.discount')} amount={money(-discount)} />}
          {checkout.taxes.map((tax) => (
            <Total key={tax.name} label={taxLabel(tax, locale, text)} amount={money(tax.amount)} />
          ))}
          {isReversed && <Total label={text('summary.reverseCharge')} amount={money(0)} />}
          {totalLabel !== null && <Total label={totalLabel} amount={money(checkout.total)} isFinal />}
        </dl>
      )}
    </div>
  )
}

type Say = ReturnType<typeof useText>

// A tax is called what the law calls it; what is only a kind of tax is said in the customer's language.
function taxLabel({ name, percentage }: CheckoutTax, locale: string, text: Say): string {
  const said = name === 'VAT' ? text('tax.vat') : name === 'Sales tax' ? text('tax.sales') : name
  const format = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 4 })
  return `${said} (${format.format(percentage / 100)})`
}

/** Lines whose price of one is on the rate scale, finer than what can be paid. */
const pricedByRate = new Set(['feature_overage', 'feature_seats', 'feature_quota', 'balance_overage'])

type LineProps = { line: CheckoutLine; currency: string; money: (minor: number) => string }

function Line({ line, currency, money }: LineProps) {
  const { locale } = useLanguage()
  const text = useText()
  const each = pricedByRate.has(line.lineType) ? formatRate(line.unitAmount, currency, locale) : money(line.unitAmount)
  const quantity = new Intl.NumberFormat(locale, { maximumFractionDigits: 6 }).format(line.quantity)
  return (
    <li class="line">
      <span class="line-text">
        <span class="line-description">{line.description}</span>
        {line.quantity !== 1 && <span class="line-quantity">{text('summary.each', { quantity, amount: each })}</span>}
      </span>
      <span class="line-amount">{money(line.amount)}</span>
    </li>
  )
}

/** One row of a list of amounts. */
export function Total({ label, amount, isFinal = false }: { label: string; amount: string; isFinal?: boolean }) {
  return (
    <div class={isFinal ? 'total total-final' : 'total'}>
      <dt>{label}</dt>
      <dd>{amount}</dd>
    </div>
  )
}
