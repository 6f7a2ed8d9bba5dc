import type { Tx } from '#database/transaction.ts'
import { readState } from '#metering/actions/read-state.ts'
import { type StateTrigger, toStateEvent } from '#metering/customer-state.ts'
import type { Moment } from '#organisations/org.ts'
import { recordEvent } from '#webhooks/outbox.ts'

/**
 * `customer.state_changed` with everything the customer has now, read in the transaction that changed it. Call it after the
 * change is written and before the event that caused it is recorded (webhooks.md, When each fires). `customerId` is public.
 */
export async function tellState(tx: Tx, moment: Moment, customerId: string, trigger: StateTrigger): Promise<void> {
  const state = await readState(tx, moment, customerId)
  await recordEvent(tx, moment, 'customer.state_changed', customerId, toStateEvent(state, trigger))
}
