import assert from 'node:assert/strict'
import type { Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import type { Context } from '#organisations/org.ts'
import type { Attempt } from '#payments/attempt.ts'
import type { PaymentMethod } from '#payments/payment-method.ts'
import { insertDefaultMethod } from '#payments/payment-methods.store.ts'

/** Stores the card of a successful attempt as the customer's default method. The old default is charged no more. */
export async function attachMethod(tx: Tx, context: Context, attempt: Attempt): Promise<PaymentMethod> {
  assert(attempt.state === 'succeeded' && attempt.card !== null, `${attempt.id} has no card that is proven good`)
  return insertDefaultMethod(tx, context.org.id, {
    ...attempt.card,
    id: newId('pm'),
    customerId: attempt.customerId,
    provider: attempt.provider,
    connectionId: attempt.connectionId,
    providerToken: attempt.providerToken,
    createdAt: context.now,
  })
}
