import { formatDay } from '../format/day.ts'
import { formatMoney } from '../format/money.ts'
import { useLanguage } from '../text/language.ts'
import type { Locale } from '../text/locale.ts'
import type { Placeholders } from '../text/say.ts'
import { en } from './messages.en.ts'
import { es } from './messages.es.ts'
import type { PortalSubscription } from './portal.types.ts'

export type PortalKey = keyof typeof en
type PortalMessages = Readonly<Record<PortalKey, string>>

const tables: Record<Locale, PortalMessages> = { en, es }

/** The portal's words in one language. They are apart from the checkout's, whose page carries all of its words to its script. */
export function portalWords(locale: Locale): PortalMessages {
  return tables[locale]
}

/** The text of `key` with every `{name}` replaced. */
export function sayIn(locale: Locale, key: PortalKey, values: Placeholders = {}): string {
  return tables[locale][key].replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)
}

/** Whether there are words of this name, for keys that are put together from codes. */
export function isPortalKey(key: string): key is PortalKey {
  return Object.hasOwn(en, key)
}

/** What portal pages say and how they write days, amounts and counts, in the page's language. */
export function usePortal() {
  const { locale } = useLanguage()
  const count = new Intl.NumberFormat(locale, { maximumFractionDigits: 6 })
  return {
    locale,
    text: (key: PortalKey, values?: Placeholders) => sayIn(locale, key, values),
    day: (day: string) => formatDay(day, locale),
    money: (minor: number, currency: string) => formatMoney(minor, currency, locale),
    count: (value: number) => count.format(value),
  }
}

type Priced = Pick<PortalSubscription, 'price' | 'currency' | 'billingInterval'>

/** '$29.00 a month', or 'Free'. */
export function priceText({ price, currency, billingInterval }: Priced, locale: Locale): string {
  if (billingInterval === null) return sayIn(locale, 'free')
  return sayIn(locale, `every.${billingInterval}`, { amount: formatMoney(price, currency, locale) })
}
