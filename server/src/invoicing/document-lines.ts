import { type DocumentSay, documentWords } from '#invoicing/document-words.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'
import { partSuffix } from '#invoicing/line-basis.ts'
import { quantityToText } from '#money/quantity.ts'
import { periodText } from '#words/day.ts'
import type { Reader } from '#words/language.ts'
import { amountText, countText, rateAmountText } from '#words/money.ts'

/** A line of an invoice as it is printed; quantity and unit price are empty where they say nothing. */
export type DocumentRow = {
  readonly title: string
  /** Smaller, below the title: what was used, and when. */
  readonly detail: string
  readonly quantity: string
  readonly unitPrice: string
  readonly amount: string
}

/** Lines whose unit amount is on the rate scale (billing.md, scales of line fields). */
const onRateScale = new Set<DraftLine['lineType']>([
  'feature_overage',
  'feature_seats',
  'feature_quota',
  'balance_overage',
])
const withoutUnits = new Set<DraftLine['lineType']>(['discount', 'promo_code_discount', 'credit'])

/** The printed lines, in their order. `kind` is said of each that is sold: no discounts and credits. */
export function documentLines(lines: readonly DraftLine[], currency: string, reader: Reader, kind = ''): DocumentRow[] {
  const say = documentWords(reader.language)
  return lines.map((line) => {
    const hasUnits = !withoutUnits.has(line.lineType)
    return {
      title: titleOf(line, say, reader),
      detail: [usedOf(line, say, reader.locale), windowOf(line, reader.locale), hasUnits ? kind : '']
        .filter(Boolean)
        .join(' · '),
      quantity: hasUnits ? countText(quantityToText(line.quantity), reader.locale) : '',
      unitPrice: hasUnits ? unitPriceOf(line, currency, reader.locale) : '',
      amount: amountText(line.amount, currency, reader.locale),
    }
  })
}

// What is stored was written in English; other languages say the same from the line's own facts.
function titleOf(line: DraftLine, say: DocumentSay, { language }: Reader): string {
  if (language === 'en') return line.description
  const name = line.featureName
  switch (line.lineType) {
    case 'feature_overage':
      return name ? say('overage', { name }) : line.description
    case 'feature_seats':
    case 'feature_quota':
      return name ? say(line.chargeType === 'true_up' ? 'seatsTrueUp' : 'seatsAdvance', { name }) : line.description
    case 'balance_overage':
      return say('overdraft')
    case 'discount':
      return line.discountName ?? say('introOffer')
    case 'promo_code_discount':
      return line.discountName ?? say('promoCode')
    case 'credit':
      return say('credit')
    case 'addon_base':
      return addonTitle(line, say)
    case 'plan_base':
    case 'one_time':
      return line.description
    default:
      return line.lineType satisfies never
  }
}

function addonTitle({ description, basis }: DraftLine, say: DocumentSay): string {
  const part = basis?.kind === 'addon' ? basis.part : null
  const suffix = partSuffix(part)
  if (!part || suffix === '' || !description.endsWith(suffix)) return description
  const name = description.slice(0, -suffix.length)
  return say('addonPart', { name, days: String(part.days), of: String(part.of) })
}

function usedOf({ usedAmount, includedAmount }: DraftLine, say: DocumentSay, locale: string): string {
  if (usedAmount === null) return ''
  const used = countText(quantityToText(usedAmount), locale)
  if (includedAmount === null) return say('usedOnly', { used })
  return say('used', { used, included: countText(quantityToText(includedAmount), locale) })
}

function windowOf({ startsOn, endsOn }: DraftLine, locale: string): string {
  return startsOn && endsOn ? periodText(startsOn, endsOn, locale) : ''
}

function unitPriceOf({ lineType, unitAmount }: DraftLine, currency: string, locale: string): string {
  return onRateScale.has(lineType)
    ? rateAmountText(unitAmount, currency, locale)
    : amountText(unitAmount, currency, locale)
}
