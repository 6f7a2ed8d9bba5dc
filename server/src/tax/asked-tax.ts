import type { DocumentType } from '#customers/document-type.ts'
import type { Place, TaxRate } from '#tax/tax-rate.ts'
import type { TaxDecision, TaxTreatment } from '#tax/treatment.ts'

/**
 * What the tax service of a payment provider is asked about somebody: what tax may depend on, as far as the price on a page follows
 * it. Streets are not told, so that what a page shows before they are typed is what is charged.
 */
export type TaxQuestion = Place & {
  /** Empty where none is known. */
  readonly postalCode: string
  /** `kind` null: what it is called is not known here. */
  readonly taxId: { readonly kind: DocumentType | null; readonly value: string } | null
}

/** What a service can answer: all that is decided by a table too, but for what it is not asked about. */
export const answeredTreatments = [
  'charged',
  'reverse_charge',
  'exempt',
  'not_registered',
  'place_unknown',
  'rate_unknown',
  'not_taxed',
] as const satisfies readonly TaxTreatment[]

/** One tax as a service told it. `rate` is what it comes to of the whole price. */
export type AnsweredRate = TaxRate & {
  readonly jurisdiction: string
  /** Country, state, county, city or district, in the service's word. */
  readonly level: string
  /** As the service has it, of what it is charged on: '6.25'. */
  readonly percentage: string
  /** Why it is charged like this, in the service's word. */
  readonly reason: string
}

/** What a service says of whoever was asked about; `rates` and `place` only where tax is charged. */
export type TaxAnswer = {
  readonly treatment: (typeof answeredTreatments)[number]
  readonly place: Place | null
  readonly rates: readonly AnsweredRate[]
}

/** An answer that is kept. Times are the organisation's. */
export type KeptAnswer = TaxAnswer & {
  readonly askedAt: Temporal.Instant
  /** When it was asked for again last, in vain. */
  readonly triedAt: Temporal.Instant | null
}

const freshHours = 24
/** After a service could not be reached, what is known is used for so long before it is asked again. */
const patienceMinutes = 15

/** A question as a key: the same for everybody who would be told the same. */
export function questionKey({ country, region, postalCode, taxId }: TaxQuestion): string {
  return JSON.stringify([
    country,
    region,
    postalCode.toUpperCase().replaceAll(/\s+/g, ' ').trim(),
    taxId?.value ?? null,
  ])
}

/** Whether an answer is good enough to be charged by, or its question has to be asked (again). */
export function isUsable({ askedAt, triedAt }: KeptAnswer, now: Temporal.Instant): boolean {
  const isFresh = Temporal.Instant.compare(now, askedAt.add({ hours: freshHours })) < 0
  const wasTried = triedAt !== null && Temporal.Instant.compare(now, triedAt.add({ minutes: patienceMinutes })) < 0
  return isFresh || wasTried
}

/** Whether an answer will be old before a moment: it is asked for ahead of what is due then. */
export function isOldAt({ askedAt }: Pick<KeptAnswer, 'askedAt'>, at: Temporal.Instant): boolean {
  return Temporal.Instant.compare(at, askedAt.add({ hours: freshHours })) >= 0
}

/** What is charged by an answer; `asOf` is the day it was asked on. */
export function decisionOf({ treatment, place, rates }: TaxAnswer, askedOn: Temporal.PlainDate): TaxDecision {
  if (treatment !== 'charged') return { treatment, place, rates: [], origin: null }
  return {
    treatment,
    place,
    rates: rates.map(({ name, rate }) => ({ name, rate })),
    origin: { source: 'provider', asOf: askedOn },
  }
}
