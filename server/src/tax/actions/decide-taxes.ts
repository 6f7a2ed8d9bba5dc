import { findCustomersById } from '#customers/customers.store.ts'
import { isVatNumber } from '#customers/tax-number.ts'
import type { Db } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { findSettings } from '#organisations/settings.store.ts'
import { regionOf, type Whereabouts } from '#tax/region.ts'
import { shippedRates } from '#tax/shipped-rates.ts'
import { type OwnRates, type Place, ratesFor } from '#tax/tax-rate.ts'
import { loadOwnRates } from '#tax/tax-rates.store.ts'
import { type BuyerFacts, chargesTax, decideTax, type SellerFacts, type TaxDecision } from '#tax/treatment.ts'

/** What is known of a buyer that tax depends on. */
export type Taxpayer = {
  readonly address: Whereabouts | null
  readonly taxDocument: string | null
  readonly taxExemption: string | null
}

type Asker = Pick<Context, 'org' | 'today'>

/** What tax some customers are charged today, by their public ids; asks once for all of them. */
export async function decideTaxes(
  db: Db,
  context: Asker,
  customerIds: readonly string[],
): Promise<ReadonlyMap<string, TaxDecision>> {
  const { seller, own } = await loadRules(db, context.org.id)
  const customers = chargesTax(seller) ? await findCustomersById(db, context.org.id, customerIds) : new Map()
  return new Map(
    customerIds.map((id) => [id, decide(seller, own, customers.get(id) ?? unknownTaxpayer, context.today)]),
  )
}

/** What tax somebody is charged today who says this about themselves. */
export async function decideTaxOf(db: Db, context: Asker, taxpayer: Taxpayer): Promise<TaxDecision> {
  const { seller, own } = await loadRules(db, context.org.id)
  return decide(seller, own, taxpayer, context.today)
}

const unknownTaxpayer: Taxpayer = { address: null, taxDocument: null, taxExemption: null }

async function loadRules(db: Db, orgId: string): Promise<{ readonly seller: SellerFacts; readonly own: OwnRates }> {
  const settings = await findSettings(db, orgId)
  const seller = {
    mode: settings.taxMode,
    country: settings.seller.address?.country ?? null,
    registrations: settings.taxRegistrations,
  }
  return { seller, own: chargesTax(seller) ? await loadOwnRates(db, orgId) : new Map() }
}

function decide(seller: SellerFacts, own: OwnRates, taxpayer: Taxpayer, today: Temporal.PlainDate): TaxDecision {
  const place = placeOf(taxpayer)
  return decideTax(seller, factsOf(taxpayer, place), place ? ratesFor(place, today, own, shippedRates) : undefined)
}

function placeOf({ address }: Taxpayer): Place | null {
  return address && { country: address.country, region: regionOf(address) }
}

function factsOf({ taxDocument, taxExemption }: Taxpayer, place: Place | null): BuyerFacts {
  return { place, hasVatNumber: isVatNumber(place?.country ?? null, taxDocument), exemption: taxExemption }
}
