import assert from 'node:assert/strict'
import type { Tx } from '#database/transaction.ts'
import { changeHeld, type HeldChanged } from '#metering/actions/change-held.ts'
import type { HeldChange, HeldType } from '#metering/held.ts'
import type { Context } from '#organisations/org.ts'

/** A change as it is asked for: the customer by either of the two ids. */
export type AskedChange = {
  readonly customerId?: string | undefined
  readonly externalId?: string | undefined
  readonly featureCode: string
  readonly count: number
  readonly idempotencyKey?: string | undefined
}

/** Changes what a customer holds of one feature; refusals as in changeHeld. */
export async function changeOneHeld(
  tx: Tx,
  context: Context,
  type: HeldType,
  action: HeldChange['action'],
  asked: AskedChange,
): Promise<HeldChanged> {
  const [changed] = await changeHeld(tx, context, {
    // The contract has made sure that one of them is there.
    customerId: asked.customerId ?? asked.externalId ?? '',
    type,
    changes: new Map([[asked.featureCode, { action, count: BigInt(asked.count) }]]),
    ownKey: asked.idempotencyKey ?? null,
  })
  assert(changed, 'one change has one event')
  return changed
}
