import { createCustomer } from '#customers/actions/create-customer.ts'
import type { CustomerRecord, NewCustomer } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { Problem } from '#problem.ts'

/** A customer of a batch that is not made, and why. */
export type Refusal = { readonly error: string }

/**
 * Creates each customer of a batch on its own, as {@link createCustomer} does: one that is refused leaves the others alone,
 * and one that was refused before stays so. Answers in the order of the batch.
 */
export async function createCustomers(
  tx: Tx,
  context: Context,
  batch: readonly (NewCustomer | Refusal)[],
): Promise<(CustomerRecord | Refusal)[]> {
  const results: (CustomerRecord | Refusal)[] = []
  const inTurn = [...batch.entries()].sort(([, one], [, other]) => compare(ownIdOf(one), ownIdOf(other)))
  // All batches take own ids in one order: two that share some would otherwise wait for each other.
  for (const [index, entry] of inTurn) {
    results[index] = 'error' in entry ? entry : await createOne(tx, context, entry)
  }
  return results
}

// A refusal comes before anything is written, so that the transaction can go on.
async function createOne(tx: Tx, context: Context, customer: NewCustomer): Promise<CustomerRecord | Refusal> {
  try {
    return (await createCustomer(tx, context, customer)).customer
  } catch (error) {
    if (error instanceof Problem) return { error: error.message }
    throw error
  }
}

function ownIdOf(entry: NewCustomer | Refusal): string {
  return 'error' in entry ? '' : (entry.ownId ?? '')
}

function compare(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}
