import assert from 'node:assert/strict'
import type { Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import { currency } from '#money/currency.ts'
import type { Context } from '#organisations/org.ts'
import type { Attempt } from '#payments/attempt.ts'
import { insertAttempts, type StartingAttempt } from '#payments/attempts.store.ts'
import { intakeOf } from '#payments/provider.ts'
import { Problem } from '#problem.ts'

/** `amount` is what the customer pays, tax included; `subtotal` the same without tax. Minor units; 0 for a setup. */
export type NewAttempt = Omit<StartingAttempt, 'id' | 'createdAt' | 'providerToken'> & { readonly token: string }

/**
 * Records that money (or a card) is about to be asked for; commit it before `performAttempt` asks. Refuses with
 * `charge_in_progress` when another attempt for the invoice (for a setup: the checkout) is in flight or has succeeded.
 */
export async function beginAttempt(tx: Tx, context: Context, input: NewAttempt): Promise<Attempt> {
  const [attempt] = await beginAttempts(tx, context, [input])
  assert(attempt, 'one attempt is begun')
  return attempt
}

/** Begins several attempts of one moment, all of them or none. */
export async function beginAttempts(tx: Tx, context: Context, inputs: readonly NewAttempt[]): Promise<Attempt[]> {
  if (inputs.length === 0) return []
  const starting = inputs.map(({ token, ...input }) => {
    checkAmounts(input)
    return {
      ...input,
      offSession: input.offSession && !mayConfirm(context, input),
      id: newId('txn'),
      providerToken: token,
      currency: currency(input.currency),
      createdAt: context.now,
    }
  })
  const attempts = await insertAttempts(tx, context.org.id, starting)
  if (attempts.length === inputs.length) return attempts
  throw new Problem('charge_in_progress', 'This is being paid right now, or is paid already. Look again in a minute.')
}

// On our own pages, or with Stripe's script on one of ours. dLocal has the card typed on its page for that.
function mayConfirm({ isCustomerPresent }: Context, { provider }: Pick<NewAttempt, 'provider'>): boolean {
  return isCustomerPresent === true && intakeOf[provider] !== 'page'
}

function checkAmounts({
  kind,
  amount,
  subtotal,
  taxAmount,
  invoiceId,
  checkoutId,
  paymentId,
}: Omit<NewAttempt, 'token'>): void {
  assert(kind === 'charge' ? amount > 0n : amount === 0n, 'a charge asks for money and a setup for none')
  assert.equal(subtotal + taxAmount, amount, 'what is charged is the subtotal and its tax')
  assert(
    kind === 'charge' ? invoiceId !== null || paymentId : checkoutId !== null,
    'a charge pays an invoice or a payment, a setup belongs to a checkout',
  )
}
