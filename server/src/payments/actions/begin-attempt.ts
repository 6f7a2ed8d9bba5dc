import assert from 'node:assert/strict'
import type { Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import { currency } from '#money/currency.ts'
import type { Context } from '#organisations/org.ts'
import type { Attempt } from '#payments/attempt.ts'
import { insertAttempt, type StartingAttempt } from '#payments/attempts.store.ts'
import { Problem } from '#problem.ts'

/** `amount` is what the customer pays, tax included; `subtotal` the same without tax. Minor units; 0 for a setup. */
export type NewAttempt = Omit<StartingAttempt, 'id' | 'createdAt' | 'providerToken'> & { readonly token: string }

/**
 * Records that money (or a card) is about to be asked for; commit it before `performAttempt` asks. Refuses with
 * `charge_in_progress` when another attempt for the invoice (for a setup: the checkout) is in flight or has succeeded.
 */
export async function beginAttempt(tx: Tx, context: Context, { token, ...input }: NewAttempt): Promise<Attempt> {
  checkAmounts(input)
  const attempt = await insertAttempt(tx, context.org.id, {
    ...input,
    id: newId('txn'),
    providerToken: token,
    currency: currency(input.currency),
    createdAt: context.now,
  })
  if (attempt) return attempt
  throw new Problem('charge_in_progress', 'This is being paid right now, or is paid already. Look again in a minute.')
}

function checkAmounts({ kind, amount, subtotal, taxAmount, invoiceId, checkoutId }: Omit<NewAttempt, 'token'>): void {
  assert(kind === 'charge' ? amount > 0n : amount === 0n, 'a charge asks for money and a setup for none')
  assert.equal(subtotal + taxAmount, amount, 'what is charged is the subtotal and its tax')
  assert(
    kind === 'charge' ? invoiceId !== null : checkoutId !== null,
    'a charge pays an invoice, a setup belongs to a checkout',
  )
}
