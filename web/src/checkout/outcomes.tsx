import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { describeCheckout } from '../api/hosted-checkout.ts'
import { brandFacts, cardBrands } from '../card/card-number.ts'
import { formatDay, formatMoment } from '../format/day.ts'
import { formatMoney } from '../format/money.ts'
import { useLanguage, useText } from '../text/language.ts'
import { Facts } from '../ui/facts.tsx'
import { CheckIcon, ClockIcon, CrossIcon } from '../ui/icons.tsx'
import { safeLink } from './link.ts'
import type { CardSummary, CheckoutDescription, CheckoutReceipt } from './render.types.ts'

type OutcomeProps = {
  tone: 'good' | 'calm' | 'bad'
  icon: ComponentChildren
  title: string
  children: ComponentChildren
}

/** A page that is about one thing that has happened. */
export function Outcome({ tone, icon, title, children }: OutcomeProps) {
  return (
    <div class="outcome" data-tone={tone}>
      <div class="outcome-mark">{icon}</div>
      <h1 class="outcome-title">{title}</h1>
      {children}
    </div>
  )
}

/** 'Visa ending in 4242', with the brand as people write it. */
export function useCardName(): (card: CardSummary) => string {
  const text = useText()
  return ({ brand, last4 }) => {
    const known = cardBrands.find((candidate) => candidate === brand.toLowerCase())
    return text('receipt.cardEnding', { brand: known ? brandFacts[known].name : brand, last4 })
  }
}

/** The words of a finished checkout: paid, trial started, or card kept. */
function useReceiptWords({ kind, organisation, trial }: CheckoutDescription): { title: string; lead: string } {
  const { locale } = useLanguage()
  const text = useText()
  if (kind === 'trial' && trial) {
    const date = formatDay(trial.endsOn, locale)
    return { title: text('receipt.trial'), lead: text('receipt.trialText', { date }) }
  }
  if (kind === 'setup') return { title: text('receipt.setup'), lead: text('receipt.setupText') }
  return { title: text('receipt.paid'), lead: text('receipt.paidText', { organisation: organisation.name }) }
}

type ReceiptProps = { checkout: CheckoutDescription; receipt: CheckoutReceipt | null; timeZone: string }

/** What was paid, when, with what, and what comes next. */
export function Receipt({ checkout, receipt, timeZone }: ReceiptProps) {
  const { locale } = useLanguage()
  const text = useText()
  const cardName = useCardName()
  const { title, lead } = useReceiptWords(checkout)
  const back = safeLink(checkout.successUrl)
  const withdraw = safeLink(checkout.withdrawal?.url ?? null)
  const money = (minor: number) => formatMoney(minor, checkout.currency, locale)
  const rows: Array<[label: string, value: string]> = []
  if (receipt) {
    if (receipt.total > 0) rows.push([text('receipt.amount'), money(receipt.total)])
    rows.push([text('receipt.date'), formatMoment(receipt.paidAt, locale, timeZone)])
    if (receipt.invoiceNumber) rows.push([text('receipt.invoice'), receipt.invoiceNumber])
    if (receipt.card) rows.push([text('receipt.card'), cardName(receipt.card)])
    if (receipt.nextChargeOn) {
      const date = formatDay(receipt.nextChargeOn, locale)
      const amount = checkout.renewal && money(checkout.renewal.amount)
      rows.push([text('receipt.next'), amount ? text('receipt.nextAmount', { amount, date }) : date])
    }
  }
  return (
    <Outcome tone="good" icon={<CheckIcon />} title={title}>
      <p class="outcome-lead">{lead}</p>
      <Facts rows={rows} />
      {back && (
        <a class="button" href={back}>
          {text('receipt.return', { organisation: checkout.organisation.name })}
        </a>
      )}
      {withdraw && checkout.withdrawal && (
        <p class="outcome-more">
          {text('receipt.withdrawUntil', { date: formatDay(checkout.withdrawal.lastDay, locale) })}{' '}
          <a href={`${withdraw}?${new URLSearchParams({ locale })}`}>{text('receipt.withdraw')}</a>
        </p>
      )}
    </Outcome>
  )
}

/** Looks again, less and less often, and shows the page anew once the checkout is not in this state any more. */
export function useLookAgain(page: 'checkout' | 'pay', token: string, status: CheckoutDescription['status']): void {
  useEffect(() => {
    let delayMs = 1_500
    let timer = 0
    async function look() {
      const answer = await describeCheckout({ fetch: window.fetch.bind(window), page, token })
      if (answer.kind === 'ok' && answer.data.status !== status) return window.location.reload()
      delayMs = Math.min(delayMs * 1.5, 10_000)
      timer = window.setTimeout(look, delayMs)
    }
    timer = window.setTimeout(look, delayMs)
    return () => window.clearTimeout(timer)
  }, [page, token, status])
}

/** The bank has the payment. Looks again every few seconds until there is something else to show. */
export function Processing({ page, token }: { page: 'checkout' | 'pay'; token: string }) {
  const text = useText()
  useLookAgain(page, token, 'processing')
  return (
    <Outcome tone="calm" icon={<span class="spinner" aria-hidden="true" />} title={text('processing.title')}>
      <p class="outcome-lead" role="status">
        {text('processing.text')}
      </p>
    </Outcome>
  )
}

/** A checkout that can no longer be paid. */
export function Closed({ checkout, reason }: { checkout: CheckoutDescription; reason: 'canceled' | 'expired' }) {
  const text = useText()
  return (
    <Outcome tone="bad" icon={reason === 'expired' ? <ClockIcon /> : <CrossIcon />} title={text(`${reason}.title`)}>
      <p class="outcome-lead">{text(`${reason}.text`, { organisation: checkout.organisation.name })}</p>
    </Outcome>
  )
}
