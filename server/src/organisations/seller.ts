import type { Language } from '#words/language.ts'

/** A postal address of the organisation; `country` is ISO 3166-1 alpha-2 in upper case. */
export type SellerAddress = {
  readonly line1: string
  readonly line2: string | null
  readonly city: string
  readonly state: string | null
  readonly postalCode: string
  readonly country: string
}

/** Who sells, as invoices and mails say it. Each invoice keeps a copy of what was true when it became final. */
export type Seller = {
  /** The registered name, where it is not the organisation's own. */
  readonly legalName: string | null
  readonly address: SellerAddress | null
  readonly taxId: string | null
  /** Entry in a company register, or whatever else the law wants at the foot of an invoice. */
  readonly registration: string | null
  /** What is sold, by the code of India's goods and services tax; on the lines of invoices of sellers there. */
  readonly hsnCode: string | null
  readonly supportEmail: string | null
  /** How to pay what is not charged to a card: a bank account, a reference. */
  readonly paymentInstructions: string | null
  /** What is written to whoever does not read another language that Halley writes. */
  readonly language: Language
}

/** A side that was told nothing about its seller. */
export const unknownSeller: Seller = {
  legalName: null,
  address: null,
  taxId: null,
  registration: null,
  hsnCode: null,
  supportEmail: null,
  paymentInstructions: null,
  language: 'en',
}
