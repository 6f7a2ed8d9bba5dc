import { letterWords } from '#mail/letter-words.ts'
import type { AmountFact } from '#mail/mail.ts'
import { dayText, momentText } from '#words/day.ts'
import type { Reader } from '#words/language.ts'
import { countText, moneyText } from '#words/money.ts'

/** What a mail says, without who writes to whom. */
export type LetterBody = {
  readonly subject: string
  readonly heading: string
  readonly paragraphs: readonly string[]
  /** Facts worth finding again, as label and value. */
  readonly facts: readonly (readonly [label: string, value: string])[]
  readonly button?: { readonly label: string; readonly url: string } | null
  readonly link?: LetterLink | null
}

/** A way that is there for whoever looks for it, below everything else. */
export type LetterLink = { readonly text: string; readonly label: string; readonly url: string }

export type LetterParts = ReturnType<typeof letterParts>

/** What letters are made of, in the words and numbers of their reader. */
export function letterParts({ language, locale }: Reader) {
  const say = letterWords(language)
  const day = (text: string) => dayText(Temporal.PlainDate.from(text), locale)
  const fact = (label: Parameters<typeof say>[0], value: string) => (value === '' ? [] : [[say(label), value] as const])
  const money = (of: AmountFact) => moneyText(BigInt(of.amount), of.currency, locale)
  return {
    say,
    day,
    /** The UTC day of a moment. */
    dayOf: (moment: string) => dayText(Temporal.Instant.from(moment).toZonedDateTimeISO('UTC').toPlainDate(), locale),
    dayOrNothing: (text: string | null) => (text === null ? '' : day(text)),
    money,
    count: (text: string) => countText(text, locale),
    /** A fact, or nothing where there is nothing to say. */
    fact,
    planFact: (plan: string) => fact('plan', plan),
    invoiceFacts: (of: AmountFact & { readonly invoiceNumber: string }) => [
      ...fact('invoice', of.invoiceNumber),
      ...fact('amount', money(of)),
    ],
    moment: (text: string) => momentText(text, locale),
    withdrawalLink: (way: { readonly url: string; readonly lastDay: string } | undefined): LetterLink | null =>
      way ? { text: say('withdrawUntil', { day: day(way.lastDay) }), label: say('withdrawLink'), url: way.url } : null,
  }
}
