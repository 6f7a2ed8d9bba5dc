import { type AttemptState, statesInFlight } from '#payments/attempt.ts'

/** What the API calls the states of an attempt. */
export const transactionStatuses = ['pending', 'succeeded', 'failed', 'refunded', 'disputed'] as const
export type TransactionStatus = (typeof transactionStatuses)[number]

export function statusOf(state: AttemptState): TransactionStatus {
  return state === 'started' || state === 'requires_action' ? 'pending' : state
}

/** The states that go by a status. */
export function statesOf(status: TransactionStatus): readonly AttemptState[] {
  return status === 'pending' ? statesInFlight : [status]
}
