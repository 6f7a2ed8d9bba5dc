import assert from 'node:assert/strict'
import type { CustomerRecord } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import type { Payment } from '#payments/payment.ts'
import { invalidField } from '#problem.ts'
import { decideTaxes } from '#tax/actions/decide-taxes.ts'
import { taxOnAmount } from '#tax/tax-on-lines.ts'
import { type TaxDecision, untaxed } from '#tax/treatment.ts'

/** The tax on a payment of so many minor units; none while nobody knows who will pay. 422 where the two are too large together. */
export async function taxOnPayment(
  tx: Tx,
  context: Context,
  customer: CustomerRecord | null,
  amount: bigint,
): Promise<Pick<Payment, 'tax' | 'taxAmount'>> {
  if (!customer) return { tax: untaxed, taxAmount: 0n }
  const tax = (await decideTaxes(tx, context, [customer.id])).get(customer.id)
  assert(tax, 'the tax of the customer was asked for')
  return taxOnAmountFor(tax, amount)
}

/** The same for a decision about tax. */
export function taxOnAmountFor(tax: TaxDecision, amount: bigint): Pick<Payment, 'tax' | 'taxAmount'> {
  const taxAmount = taxOnAmount(amount, tax.rates)
  if (amount + taxAmount > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw invalidField('amount', 'Is too large: with its tax it is no whole number that JSON can hold.')
  }
  return { tax, taxAmount }
}
