import { findCustomersById } from '#customers/customers.store.ts'
import { documentTypeOf } from '#customers/document-type.ts'
import { fullVatNumber, hasVatNumbers, isVatNumber } from '#customers/tax-number.ts'
import type { Db } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { findSettings } from '#organisations/settings.store.ts'
import { decisionOf, isUsable, questionKey, type TaxQuestion } from '#tax/asked-tax.ts'
import { regionOf, type Whereabouts } from '#tax/region.ts'
import { shippedRates } from '#tax/shipped-rates.ts'
import { findAnswers } from '#tax/tax-answers.store.ts'
import { TaxNotKnown } from '#tax/tax-not-known.ts'
import { type OwnRates, type Place, ratesFor } from '#tax/tax-rate.ts'
import { loadOwnRates } from '#tax/tax-rates.store.ts'
import { type BuyerFacts, chargesTax, decideTax, type SellerFacts, type TaxDecision } from '#tax/treatment.ts'
import { utcDay } from '#time/period.ts'

/** What is known of a buyer that tax depends on. */
export type Taxpayer = {
  readonly address: Whereabouts | null
  readonly taxDocument: string | null
  readonly taxExemption: string | null
}

type Asker = Pick<Context, 'org' | 'now' | 'today'>

/**
 * What tax some customers are charged today, by their public ids; asks the database once for all of them. Throws {@link TaxNotKnown}
 * where a provider calculates and has not said yet what it charges one of them.
 */
export async function decideTaxes(
  db: Db,
  context: Asker,
  customerIds: readonly string[],
): Promise<ReadonlyMap<string, TaxDecision>> {
  const rules = await loadRules(db, context.org.id)
  const customers = rules.isNeeded ? await findCustomersById(db, context.org.id, customerIds) : new Map()
  return rules.decide(
    db,
    context,
    customerIds.map((id) => [id, customers.get(id) ?? unknownTaxpayer]),
  )
}

/** What tax somebody is charged today who says this about themselves. Throws {@link TaxNotKnown} as {@link decideTaxes} does. */
export async function decideTaxOf(db: Db, context: Asker, taxpayer: Taxpayer): Promise<TaxDecision> {
  const rules = await loadRules(db, context.org.id)
  const [decision] = (await rules.decide(db, context, [['', taxpayer]])).values()
  return decision as TaxDecision
}

/** What a provider's service is asked about somebody; null where nothing has to be asked: no address, or no tax for a reason of ours. */
export function taxQuestionOf({ address, taxDocument, taxExemption }: Taxpayer): TaxQuestion | null {
  if (!address || taxExemption !== null) return null
  const { country } = address
  return {
    country,
    region: regionOf(address),
    postalCode: address.postalCode.trim(),
    taxId: taxIdOf(country, taxDocument),
  }
}

const unknownTaxpayer: Taxpayer = { address: null, taxDocument: null, taxExemption: null }

type Asked = readonly (readonly [id: string, taxpayer: Taxpayer])[]
type Rules = {
  /** Whether anything of a buyer has to be looked at. */
  readonly isNeeded: boolean
  decide(db: Db, context: Asker, asked: Asked): Promise<ReadonlyMap<string, TaxDecision>>
}

async function loadRules(db: Db, orgId: string): Promise<Rules> {
  const { taxMode: mode, taxRegistrations: registrations, taxConnectionId, seller: who } = await findSettings(db, orgId)
  if (mode === 'provider') {
    return {
      isNeeded: true,
      decide: (handle, context, asked) => decideAsAnswered(handle, context, taxConnectionId, asked),
    }
  }
  const seller: SellerFacts = { mode, country: who.address?.country ?? null, registrations }
  const isNeeded = chargesTax(seller)
  return {
    isNeeded,
    decide: async (handle, { today }, asked) => {
      const own: OwnRates = isNeeded ? await loadOwnRates(handle, orgId) : new Map()
      return new Map(asked.map(([id, taxpayer]) => [id, decideByTable(seller, own, taxpayer, today)]))
    },
  }
}

function decideByTable(seller: SellerFacts, own: OwnRates, taxpayer: Taxpayer, today: Temporal.PlainDate): TaxDecision {
  const place = placeOf(taxpayer)
  return decideTax(seller, factsOf(taxpayer, place), place ? ratesFor(place, today, own, shippedRates) : undefined)
}

function placeOf({ address }: Taxpayer): Place | null {
  return address && { country: address.country, region: regionOf(address) }
}

function factsOf({ taxDocument, taxExemption }: Taxpayer, place: Place | null): BuyerFacts {
  return { place, hasVatNumber: isVatNumber(place?.country ?? null, taxDocument), exemption: taxExemption }
}

// One query for all of them, as for rates of a table. What is missing or old is named all at once.
async function decideAsAnswered(
  db: Db,
  { org, now }: Asker,
  connectionId: string | null,
  asked: Asked,
): Promise<ReadonlyMap<string, TaxDecision>> {
  const questions = new Map(asked.map(([id, taxpayer]) => [id, taxQuestionOf(taxpayer)]))
  const keyed = new Map(
    [...questions.values()].flatMap((question) => (question ? [[questionKey(question), question]] : [])),
  )
  const answers = connectionId === null ? new Map() : await findAnswers(db, org.id, connectionId, [...keyed.keys()])
  const missing = [...keyed].filter(([key]) => {
    const answer = answers.get(key)
    return !answer || !isUsable(answer, now)
  })
  if (missing.length > 0) throw new TaxNotKnown(org.id, connectionId ?? '', new Map(missing))
  return new Map(
    asked.map(([id, taxpayer]) => {
      const question = questions.get(id)
      const answer = question && answers.get(questionKey(question))
      return [id, answer ? decisionOf(answer, utcDay(answer.askedAt)) : unasked(taxpayer)]
    }),
  )
}

function unasked(taxpayer: Taxpayer): TaxDecision {
  const treatment = taxpayer.taxExemption === null ? 'place_unknown' : 'exempt'
  return { treatment, place: placeOf(taxpayer), rates: [], origin: null }
}

// Of the Union only VAT numbers are told: a person's number says nothing about tax. Nor does a Brazilian person's.
function taxIdOf(country: string, taxDocument: string | null): TaxQuestion['taxId'] {
  if (taxDocument === null) return null
  if (hasVatNumbers(country)) {
    const value = fullVatNumber(country, taxDocument)
    return value === null ? null : { kind: 'VAT', value }
  }
  const kind = documentTypeOf(country, taxDocument)
  return kind === 'CPF' ? null : { kind, value: taxDocument.trim() }
}
