import { formatDay, formatDays } from '../format/day.ts'
import { formatMoney } from '../format/money.ts'
import type { Language } from '../text/language.ts'
import { isMessageKey, say } from '../text/say.ts'
import type { CheckoutDescription } from './render.types.ts'

/** 'every month' for 'monthly'; empty for an interval without words, which then is left out. */
export function everyInterval(interval: string, { messages }: Language): string {
  const key = `every.${interval}`
  return isMessageKey(messages, key) ? say(messages, key) : ''
}

/** The renewal's facts as the sentences need them, or null when nothing renews. */
function renewalFacts(checkout: CheckoutDescription, language: Language) {
  const { renewal, currency } = checkout
  if (!renewal) return null
  const { locale, messages } = language
  const every = everyInterval(renewal.billingInterval, language)
  const date = formatDay(renewal.on, locale)
  const from = renewal.later
    ? say(messages, 'renewal.later', {
        ...{ date, every, later: formatDay(renewal.later.on, locale) },
        amount: formatMoney(renewal.later.amount, currency, locale),
      })
    : date
  return { amount: formatMoney(renewal.amount, currency, locale), every, date, from }
}

/** What the order is, as a heading: 'Subscribe to Pro'. */
export function orderTitle(checkout: CheckoutDescription, { messages }: Language): string {
  const plan = checkout.plan.name
  if (checkout.occasion !== 'new') return say(messages, `occasion.${checkout.occasion}.title`, { plan })
  if (checkout.kind === 'trial') return say(messages, 'summary.try', { plan })
  return say(messages, checkout.renewal ? 'summary.subscribe' : 'summary.buy', { plan })
}

/** What happened and what paying brings, for those who come back; empty where something begins. */
export function occasionText(checkout: CheckoutDescription, { locale, messages }: Language): string {
  if (checkout.occasion === 'new') return ''
  const total = formatMoney(checkout.total, checkout.currency, locale)
  return say(messages, `occasion.${checkout.occasion}.text`, { plan: checkout.plan.name, total })
}

/** The words on the button. A button that costs money says how much. */
export function buttonLabel(checkout: CheckoutDescription, { locale, messages }: Language): string {
  if (checkout.intake === 'page')
    return say(messages, checkout.kind === 'payment' ? 'button.provider' : 'button.providerCard')
  switch (checkout.kind) {
    case 'trial':
      return say(messages, 'button.trial')
    case 'setup':
      return say(messages, checkout.occasion === 'new' ? 'button.setup' : 'button.saveCard')
    case 'payment': {
      const total = formatMoney(checkout.total, checkout.currency, locale)
      if (checkout.occasion === 'reactivation') return say(messages, 'button.restart', { total })
      const begins = checkout.renewal !== null && checkout.occasion === 'new'
      return say(messages, begins ? 'button.subscribe' : 'button.pay', { total })
    }
    default:
      return checkout.kind satisfies never
  }
}

/** What the customer agrees to by pressing the button, with everything that will be charged and when. */
export function mandateText(checkout: CheckoutDescription, language: Language): string {
  const { messages, locale } = language
  const renewal = renewalFacts(checkout, language)
  const facts = {
    button: buttonLabel(checkout, language),
    organisation: checkout.organisation.name,
    total: formatMoney(checkout.total, checkout.currency, locale),
  }
  if (checkout.occasion === 'past_due' && renewal) return say(messages, 'mandate.pastDue', { ...facts, ...renewal })
  if (checkout.occasion === 'unpaid') return say(messages, 'mandate.unpaid', facts)
  if (checkout.occasion === 'method_update' && renewal)
    return say(messages, 'mandate.otherCard', { ...facts, ...renewal })
  if (checkout.kind === 'payment') {
    return renewal ? say(messages, 'mandate.renewing', { ...facts, ...renewal }) : say(messages, 'mandate.once', facts)
  }
  if (!renewal) return say(messages, 'mandate.keepCard', facts)
  const key = checkout.kind === 'trial' ? 'mandate.trialRenewing' : 'mandate.setupRenewing'
  return say(messages, key, { ...facts, ...renewal })
}

/** The price in large figures with the words beside it: '$29.00' 'due today', or '14 days free'. */
export function headline(
  checkout: CheckoutDescription,
  { locale, messages }: Language,
): { figure: string; unit: string } {
  if (checkout.kind === 'trial' && checkout.trial) {
    return { figure: say(messages, 'summary.free', { days: formatDays(checkout.trial.days, locale) }), unit: '' }
  }
  return {
    figure: formatMoney(checkout.total, checkout.currency, locale),
    unit: say(messages, 'summary.dueTodayInline'),
  }
}

/** What happens after today, in one line under the headline. */
export function afterToday(checkout: CheckoutDescription, language: Language): string {
  const renewal = renewalFacts(checkout, language)
  if (renewal) return say(language.messages, 'summary.then', renewal)
  if (checkout.trial) {
    return say(language.messages, 'summary.trialEnds', { date: formatDay(checkout.trial.endsOn, language.locale) })
  }
  return checkout.plan.billingInterval === 'one_time' ? say(language.messages, 'summary.once') : ''
}
