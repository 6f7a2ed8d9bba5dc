import type { DisputeOutcome } from '#payments/provider.ts'

/** What is read of a chargeback of dLocal; older ones tell their status only. */
export type DlocalChargeback = {
  readonly id: string
  readonly status: string
  readonly payment_id?: string
  readonly order_id?: string
  readonly amount?: number
  readonly currency?: string
  readonly reason_code?: string
  readonly reason_description?: string
}

/**
 * What a chargeback is to a merchant: `open` while it is not decided, else how it ended, undefined while no money is asked back. One that
 * was executed took the money; whoever contests it afterwards and wins has it given back.
 */
export function chargebackOutcome({ status }: Pick<DlocalChargeback, 'status'>): DisputeOutcome | 'open' | undefined {
  switch (status) {
    case 'PENDING':
    case 'DISPUTE_RECEIVED':
    case 'IN_DISPUTE':
      return 'open'
    case 'COMPLETED':
    case 'DISPUTE_LOST':
      return 'lost'
    case 'REVERSAL':
      return 'won'
    default:
      return undefined
  }
}
