import { type TaxMode, unionRegistration } from '#organisations/tax-settings.ts'
import { isInUnion, unionCountries } from '#tax/european-union.ts'
import { type Place, placeKey, type RateOrigin, type RatesInForce, type TaxRate } from '#tax/tax-rate.ts'

/** What was decided about the tax of an invoice. */
export const taxTreatments = [
  'charged',
  'reverse_charge',
  'exempt',
  'not_registered',
  'place_unknown',
  'rate_unknown',
  'not_taxed',
  'off',
] as const
export type TaxTreatment = (typeof taxTreatments)[number]

export type SellerFacts = {
  readonly mode: TaxMode
  /** Where the seller is established; ISO 3166-1 alpha-2. */
  readonly country: string | null
  /** Countries ('DE'), regions ('US-CA') and {@link unionRegistration}: where tax is charged. */
  readonly registrations: readonly string[]
}

export type BuyerFacts = {
  /** Null: no address is known. */
  readonly place: Place | null
  /** Whether their tax number is a valid VAT number of their country. */
  readonly hasVatNumber: boolean
  /** Why they pay no tax; null: they do. */
  readonly exemption: string | null
}

/** What is charged, at which rates: `rates` and where they are from only where tax is charged. */
export type TaxDecision = {
  readonly treatment: TaxTreatment
  readonly place: Place | null
  readonly rates: readonly TaxRate[]
  readonly origin: RateOrigin | null
}

/**
 * Whether and what tax is charged by rates of a table (billing.md, Tax). Only where the seller is registered; a business with a valid VAT number in
 * another country of the Union accounts for it by itself. `rates` are those of the buyer's place.
 */
export function decideTax(seller: SellerFacts, buyer: BuyerFacts, rates: RatesInForce | undefined): TaxDecision {
  const { place } = buyer
  const without = (treatment: TaxTreatment): TaxDecision => ({ treatment, place, rates: [], origin: null })
  if (seller.mode !== 'automatic') return without('off')
  if (seller.registrations.length === 0) return without('not_registered')
  if (buyer.exemption !== null) return without('exempt')
  if (!place) return without('place_unknown')
  if (isReverseCharge(seller, buyer, place)) return without('reverse_charge')
  if (!isRegistered(seller, place)) return without('not_registered')
  if (!rates) return without('rate_unknown')
  const { country, region, source, since } = rates
  return { treatment: 'charged', place: { country, region }, rates: rates.rates, origin: { source, asOf: since } }
}

/** Nothing was asked: no tax is charged. */
export const untaxed: TaxDecision = { treatment: 'off', place: null, rates: [], origin: null }

/** A decision as plain data, to be kept with what was decided. */
export function taxToJson({ treatment, place, rates, origin }: TaxDecision) {
  return {
    treatment,
    place,
    rates: rates.map(({ name, rate }) => ({ name, rate: Number(rate) })),
    origin: origin && { source: origin.source, asOf: origin.asOf?.toString() ?? null },
  }
}

/** A decision as it was kept; one of before origins were kept has none. */
export type KeptTax = Omit<ReturnType<typeof taxToJson>, 'origin'> & Partial<ReturnType<typeof taxToJson>>

/** A decision that was kept; {@link untaxed} where none was. */
export function taxOfJson(kept: KeptTax | null): TaxDecision {
  if (!kept) return untaxed
  const { treatment, place, origin = null } = kept
  return {
    treatment,
    place,
    rates: kept.rates.map(({ name, rate }) => ({ name, rate: BigInt(rate) })),
    origin: origin && {
      source: origin.source,
      asOf: origin.asOf === null ? null : Temporal.PlainDate.from(origin.asOf),
    },
  }
}

/** Whether any invoice of a seller can have tax at all: nothing of a buyer has to be looked at where not. */
export function chargesTax({ mode, registrations }: SellerFacts): boolean {
  // A provider's service knows by itself where the seller is registered.
  return mode === 'provider' || (mode === 'automatic' && registrations.length > 0)
}

function isReverseCharge(seller: SellerFacts, { hasVatNumber }: BuyerFacts, place: Place): boolean {
  return (
    hasVatNumber &&
    isInUnion(place) &&
    seller.country !== place.country &&
    (isOfUnion(seller.country) || seller.registrations.some((registration) => isOfUnion(registration)))
  )
}

function isOfUnion(country: string | null): boolean {
  return country !== null && (unionCountries.has(country) || country === unionRegistration)
}

function isRegistered({ registrations }: SellerFacts, place: Place): boolean {
  return (
    registrations.includes(place.country) ||
    registrations.includes(placeKey(place)) ||
    (isInUnion(place) && registrations.includes(unionRegistration))
  )
}
