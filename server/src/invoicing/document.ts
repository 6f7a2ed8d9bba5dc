import type { Buyer } from '#invoicing/buyer.ts'
import { type DocumentRow, documentLines } from '#invoicing/document-lines.ts'
import { type DocumentSay, documentWords } from '#invoicing/document-words.ts'
import type { DraftLine, InvoiceStatus, InvoiceType } from '#invoicing/invoice-draft.ts'
import { addressLines, type Party, taxIdLine } from '#invoicing/party.ts'
import { foreignTaxOf } from '#invoicing/seller-currency.ts'
import { exchangeRateToText } from '#money/exchange.ts'
import type { Seller } from '#organisations/seller.ts'
import { utcDay } from '#time/period.ts'
import { dayText, periodText } from '#words/day.ts'
import { type Reader, readerIn } from '#words/language.ts'
import { amountText, countText, moneyText, percentText } from '#words/money.ts'

/** An invoice as it is stored. Amounts are minor units of `currency`. */
export type DocumentInvoice = {
  readonly number: string
  readonly status: InvoiceStatus
  readonly type: InvoiceType
  readonly currency: string
  readonly subtotal: bigint
  readonly discountAmount: bigint
  readonly creditApplied: bigint
  readonly taxAmount: bigint
  readonly total: bigint
  readonly periodStart: Temporal.PlainDate
  readonly periodEnd: Temporal.PlainDate
  readonly issuedAt: Temporal.Instant
  readonly dueAt: Temporal.Instant
  readonly finalisedAt: Temporal.Instant | null
  readonly paidAt: Temporal.Instant | null
  readonly voidedAt: Temporal.Instant | null
  readonly subscriptionId: string | null
  readonly memo: string | null
  readonly poNumber: string | null
  readonly reference: string | null
  /** What one unit of `currency` was in the seller's when it became final, where that is another and there is tax. */
  readonly sellerCurrency: string | null
  readonly sellerCurrencyRate: string | null
}

/** Tax at one rate: what it is on, and how much. `rate` in millionths. */
export type TaxShare = {
  readonly name: string
  readonly rate: bigint
  readonly taxable: bigint
  readonly amount: bigint
}

/** Everything an invoice document says, from stored copies alone. */
export type DocumentFacts = {
  readonly invoice: DocumentInvoice
  readonly lines: readonly DraftLine[]
  readonly taxes: {
    readonly shares: readonly TaxShare[]
    readonly isReverseCharge: boolean
    /** Why no tax is charged, in the words the law wants. */
    readonly exemption: string | null
  }
  readonly seller: Seller
  readonly organisationName: string
  readonly buyer: Buyer
  /** The card the invoice was paid with. */
  readonly card: { readonly brand: string; readonly last4: string } | null
  /** Where it can be paid now. */
  readonly payUrl: string | null
  readonly livemode: boolean
}

export type DocumentTotal = {
  readonly label: string
  readonly amount: string
  readonly isTotal: boolean
}

/** An invoice in its reader's words, ready to be drawn. */
export type InvoiceDocument = {
  readonly reader: Reader
  readonly title: string
  readonly number: string
  readonly sellerName: string
  readonly details: readonly (readonly [label: string, value: string])[]
  readonly seller: Party
  readonly buyer: Party
  /** The one thing to know, such as '$29.00 due June 16, 2026', and a sentence about it. */
  readonly headline: string
  readonly explanation: string
  readonly columns: Readonly<Record<'description' | 'quantity' | 'unitPrice' | 'amount', string>>
  readonly rows: readonly DocumentRow[]
  readonly totals: readonly DocumentTotal[]
  readonly notes: readonly { readonly title: string | null; readonly text: string; readonly url?: string }[]
  /** Drawn across the page: sandbox, void. */
  readonly mark: string | null
  readonly sandboxText: string | null
  readonly foot: string
  readonly pageOf: (page: number, pages: number) => string
  readonly paper: 'A4' | 'LETTER'
  /** Whose ways of writing Han characters are used, the first before the others: the buyer's country, the seller's. */
  readonly countries: readonly (string | null)[]
  readonly issuedAt: Temporal.Instant
}

const taxInvoiceCountries = new Set(['AU', 'NZ', 'SG', 'IN'])
const letterCountries = new Set(['US', 'CA'])

/** The document of an invoice, in the language of its buyer's country or else in the organisation's. */
export function invoiceDocument(facts: DocumentFacts): InvoiceDocument {
  const { invoice, seller, buyer, organisationName } = facts
  const reader = readerIn(buyer.address?.country ?? null, seller.language)
  const say = documentWords(reader.language)
  const sellerName = seller.legalName ?? organisationName
  const isVoid = invoice.status === 'void'
  return {
    reader,
    title: titleOf(facts, say),
    number: invoice.number,
    sellerName,
    details: detailsOf(invoice, say, reader.locale),
    seller: sellerBlock(facts, say, reader.locale),
    buyer: buyerBlock(buyer, say, reader.locale),
    ...headlineOf(facts, say, reader.locale),
    columns: {
      description: say('description'),
      quantity: say('quantity'),
      unitPrice: say('unitPrice'),
      amount: `${say('amount')} (${invoice.currency.toUpperCase()})`,
    },
    rows: documentLines(facts.lines, invoice.currency, reader, hsnText(seller, say)),
    totals: totalsOf(facts, say, reader.locale),
    notes: notesOf(facts, say, reader.locale),
    mark: isVoid ? say('voidHeadline') : facts.livemode ? null : say('sandboxMark'),
    sandboxText: facts.livemode ? null : say('sandboxText'),
    foot: [
      [sellerName, ...taxIdLine(say, seller.address?.country ?? null, seller.taxId)].join(' · '),
      seller.registration,
    ]
      .filter((part) => part !== null && part !== '')
      .join(' · '),
    pageOf: (page, pages) => say('page', { page: String(page), pages: String(pages) }),
    paper: letterCountries.has(buyer.address?.country ?? '') ? 'LETTER' : 'A4',
    countries: [buyer.address?.country ?? null, seller.address?.country ?? null],
    issuedAt: invoice.issuedAt,
  }
}

// India wants the code of what is sold beside each line.
function hsnText({ hsnCode, address }: Seller, say: DocumentSay): string {
  return hsnCode && address?.country === 'IN' ? `${say('hsnCode')} ${hsnCode}` : ''
}

/** Whether anything on it may still change: a checkout's invoice is final when it is paid. */
export function isProForma({ status, finalisedAt }: Pick<DocumentInvoice, 'status' | 'finalisedAt'>): boolean {
  return status === 'draft' || (status === 'outstanding' && finalisedAt === null)
}

function titleOf({ invoice, seller }: DocumentFacts, say: DocumentSay): string {
  if (isProForma(invoice)) return say('proForma')
  if (invoice.total < 0n) return say('creditNote')
  return seller.taxId && taxInvoiceCountries.has(seller.address?.country ?? '') ? say('taxInvoice') : say('invoice')
}

function detailsOf(invoice: DocumentInvoice, say: DocumentSay, locale: string): InvoiceDocument['details'] {
  const rows: [string, string | null][] = [
    [say('number'), invoice.number],
    [say('issued'), dayText(utcDay(invoice.issuedAt), locale)],
    [say('due'), invoice.total > 0n ? dayText(utcDay(invoice.dueAt), locale) : null],
    [say('period'), invoice.type === 'adjustment' ? null : periodText(invoice.periodStart, invoice.periodEnd, locale)],
    [say('poNumber'), invoice.poNumber],
    [say('reference'), invoice.reference],
  ]
  return rows.filter((row): row is [string, string] => row[1] !== null && row[1] !== '')
}

function sellerBlock({ seller, organisationName }: DocumentFacts, say: DocumentSay, locale: string): Party {
  const isOtherName = seller.legalName !== null && seller.legalName !== organisationName
  return {
    label: say('from'),
    name: seller.legalName ?? organisationName,
    lines: [
      ...(isOtherName ? [organisationName] : []),
      ...addressLines(seller.address, locale),
      ...taxIdLine(say, seller.address?.country ?? null, seller.taxId),
      ...(seller.supportEmail ? [seller.supportEmail] : []),
    ],
  }
}

function buyerBlock(buyer: Buyer, say: DocumentSay, locale: string): Party {
  return {
    label: say('billedTo'),
    name: buyer.fullName ?? buyer.email,
    lines: [
      ...addressLines(buyer.address, locale),
      ...taxIdLine(say, buyer.address?.country ?? null, buyer.taxDocument),
      ...(buyer.fullName ? [buyer.email] : []),
    ],
  }
}

type Headline = Pick<InvoiceDocument, 'headline' | 'explanation'>

function headlineOf({ invoice, card }: DocumentFacts, say: DocumentSay, locale: string): Headline {
  const money = moneyText(invoice.total < 0n ? -invoice.total : invoice.total, invoice.currency, locale)
  const on = (instant: Temporal.Instant) => dayText(utcDay(instant), locale)
  if (isProForma(invoice)) {
    return { headline: say('dueOn', { amount: money, day: on(invoice.dueAt) }), explanation: say('proFormaText') }
  }
  switch (invoice.status) {
    case 'void':
      return {
        headline: say('voidHeadline'),
        explanation: say('voidText', { day: on(invoice.voidedAt ?? invoice.issuedAt) }),
      }
    case 'paid': {
      if (invoice.total < 0n) return { headline: say('credited', { amount: money }), explanation: say('creditedText') }
      if (invoice.total === 0n) return { headline: say('nothingDue'), explanation: '' }
      const day = on(invoice.paidAt ?? invoice.issuedAt)
      const paidWith = card ? say('paidWith', { card: cardName(card.brand), last4: card.last4 }) : ''
      return { headline: say('paidOn', { amount: money, day }), explanation: paidWith }
    }
    case 'uncollectible':
      return { headline: say('uncollectible', { amount: money }), explanation: '' }
    case 'draft':
    case 'outstanding':
      return { headline: say('dueOn', { amount: money, day: on(invoice.dueAt) }), explanation: '' }
    default:
      return invoice.status satisfies never
  }
}

const cardNames: Readonly<Record<string, string>> = {
  visa: 'Visa',
  mastercard: 'Mastercard',
  amex: 'American Express',
  discover: 'Discover',
  diners: 'Diners Club',
  jcb: 'JCB',
  unionpay: 'UnionPay',
}

/** A card's brand as its owner knows it. */
export function cardName(brand: string): string {
  return cardNames[brand] ?? brand
}

function totalsOf({ invoice, taxes }: DocumentFacts, say: DocumentSay, locale: string): DocumentTotal[] {
  const { currency } = invoice
  const row = (label: string, minor: bigint, isTotal = false) => ({
    label,
    amount: isTotal ? moneyText(minor, currency, locale) : amountText(minor, currency, locale),
    isTotal,
  })
  const taxRows = taxes.shares.map(({ name, rate, taxable, amount }) => {
    const tax = `${taxName(name, say)} ${percentText(rate, locale)}`
    return row(say('taxOn', { tax, taxable: amountText(taxable, currency, locale) }), amount)
  })
  const isPaid = invoice.status === 'paid' && invoice.total > 0n
  return [
    row(say('subtotal'), invoice.subtotal),
    ...(invoice.discountAmount === 0n ? [] : [row(say('discounts'), -invoice.discountAmount)]),
    ...(invoice.creditApplied === 0n ? [] : [row(say('creditApplied'), -invoice.creditApplied)]),
    ...(taxRows.length > 0 ? [row(say('totalBeforeTax'), invoice.total - invoice.taxAmount), ...taxRows] : []),
    row(`${say('total')} ${currency.toUpperCase()}`, invoice.total, true),
    ...(isPaid ? [row(say('amountPaid'), -invoice.total), row(say('amountDue'), 0n)] : []),
  ]
}

// Names are those of the law where there is one; what is only a kind of tax is said in the reader's language.
function taxName(name: string, say: DocumentSay): string {
  if (name === 'VAT') return say('vat')
  // With the place in brackets where several are charged.
  return name === 'Sales tax' || name.startsWith('Sales tax (') ? name.replace('Sales tax', say('salesTax')) : name
}

type Notes = { title: string | null; text: string; url?: string }[]

function notesOf({ invoice, lines, taxes, seller, payUrl }: DocumentFacts, say: DocumentSay, locale: string): Notes {
  const notes: Notes = []
  // A credit note has no tax of its own; its rate is that of the invoice it corrects.
  const foreign = taxes.shares.length > 0 || invoice.total < 0n ? foreignTaxOf(invoice) : null
  if (foreign) {
    const one = (code: string, units: string) => `${countText(units, locale, 12)} ${code.toUpperCase()}`
    const rate = `${one(invoice.currency, '1')} = ${one(foreign.currency, exchangeRateToText(foreign.rate))}`
    const amount = moneyText(foreign.amount, foreign.currency, locale)
    notes.push({ title: null, text: say('taxElsewhere', { currency: foreign.currency.toUpperCase(), amount, rate }) })
  }
  if (invoice.status === 'outstanding' && invoice.total > 0n) {
    const title = say('howToPay')
    if (payUrl) notes.push({ title, text: say('payOnline'), url: payUrl })
    else if (seller.paymentInstructions) notes.push({ title, text: seller.paymentInstructions })
    else if (invoice.subscriptionId) notes.push({ title, text: say('chargedAutomatically') })
    else if (seller.supportEmail) notes.push({ title, text: say('askSupport', { contact: seller.supportEmail }) })
  }
  if (taxes.isReverseCharge) notes.push({ title: null, text: say('reverseCharge') })
  if (taxes.exemption) notes.push({ title: null, text: say('exempt', { reason: taxes.exemption }) })
  // What a correction is for is its line already.
  if (invoice.memo && !lines.some(({ description }) => description === invoice.memo))
    notes.push({ title: null, text: invoice.memo })
  return notes
}
