import Stripe from 'stripe'
import { assertOutsideTransaction } from '#database/transaction.ts'
import type { ProviderTax, TaxResult } from '#payments/provider.ts'
import { answerOf, isPlaceable, referenceAmount, stripeTaxId } from '#payments/providers/stripe/tax-answer.ts'
import { unreachable } from '#payments/providers/stripe/unreachable.ts'
import type { TaxQuestion } from '#tax/asked-tax.ts'

// Somebody may be waiting at a checkout.
const answerWithinMs = 8_000

/**
 * Stripe Tax. A calculation of a round amount is made for the rates in it and never made a transaction of: what is charged by them is
 * Halley's to say, line by line. Category and registrations are those of the account.
 */
export function stripeTax(stripe: Stripe, timeoutMs = answerWithinMs): ProviderTax {
  return {
    ask: async (question) => {
      assertOutsideTransaction()
      if (!isPlaceable(question)) return unplaced
      try {
        return await calculated(stripe, question, timeoutMs)
      } catch (error) {
        return refusalOf(error)
      }
    },
  }
}

const unplaced: TaxResult = {
  outcome: 'answered',
  answer: { treatment: 'place_unknown', place: null, rates: [] },
}

async function calculated(stripe: Stripe, question: TaxQuestion, timeoutMs: number): Promise<TaxResult> {
  const taxId = stripeTaxId(question)
  try {
    return readCalculation(await calculate(stripe, question, taxId, timeoutMs))
  } catch (error) {
    // A number that Stripe does not take for one is none; its form may be one that is not known here.
    if (taxId === undefined || !isInvalid(error, 'tax_id_invalid')) throw error
    return readCalculation(await calculate(stripe, question, undefined, timeoutMs))
  }
}

function calculate(
  stripe: Stripe,
  { country, region, postalCode }: TaxQuestion,
  taxId: { type: string; value: string } | undefined,
  timeout: number,
): Promise<Stripe.Tax.Calculation> {
  return stripe.tax.calculations.create(
    {
      currency: 'usd',
      line_items: [{ amount: referenceAmount, reference: 'rates', tax_behavior: 'exclusive' }],
      customer_details: {
        address: {
          country,
          ...(region === null ? {} : { state: region }),
          ...(postalCode === '' ? {} : { postal_code: postalCode }),
        },
        address_source: 'billing',
        ...(taxId ? { tax_ids: [taxId] } : {}),
      },
      expand: ['line_items.data.tax_breakdown'],
    },
    { timeout },
  )
}

function readCalculation({ line_items: lines, tax_amount_exclusive: total }: Stripe.Tax.Calculation): TaxResult {
  const answer = answerOf(lines?.data[0]?.tax_breakdown ?? [], total)
  if (answer) return { outcome: 'answered', answer }
  return { outcome: 'refused', message: 'Stripe charges a tax there that is no percentage of the price.' }
}

function refusalOf(error: unknown): TaxResult {
  const lost = unreachable(error)
  if (lost) throw lost
  // The customer lives where Stripe knows no place: nobody can say what is owed there.
  if (isInvalid(error, 'customer_tax_location_invalid')) return unplaced
  if (!(error instanceof Stripe.errors.StripeError)) throw error
  return { outcome: 'refused', message: `Stripe does not calculate tax: ${error.message}` }
}

function isInvalid(error: unknown, code: string): boolean {
  return error instanceof Stripe.errors.StripeInvalidRequestError && error.code === code
}
