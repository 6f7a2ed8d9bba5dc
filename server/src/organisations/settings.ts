import type { MailDelivery, MailKind, WantedMailKind } from '#mail/mail.ts'
import { type Seller, unknownSeller } from '#organisations/seller.ts'
import type { TaxMode } from '#organisations/tax-settings.ts'

/** What an operator sets for one side of an organisation. */
export type Settings = {
  readonly seller: Seller
  /** Where operators are told of what needs them; null: in the inbox alone. */
  readonly notificationEmail: string | null
  /** Days that customers have to pay an adjustment; 0 for the same day. */
  readonly netDays: number
  readonly mailEnabled: boolean
  /** Null: what is usual for the mode, see {@link usualDelivery}. */
  readonly mailDelivery: MailDelivery | null
  /** The mails that are not sent. One that somebody asks for by name is. */
  readonly mailsOff: readonly MailKind[]
  /** Those of the mails that have to be asked for that are sent. */
  readonly mailsWanted: readonly WantedMailKind[]
  readonly taxMode: TaxMode
  /** Where tax is charged (tax/treatment.ts). */
  readonly taxRegistrations: readonly string[]
  /** Whose tax service calculates where the mode is `provider`. */
  readonly taxConnectionId: string | null
  /** Whether consumers are shown how to withdraw from a contract (subscriptions/withdrawal.ts). */
  readonly withdrawalEnabled: boolean
}

export const usualSettings: Settings = {
  seller: unknownSeller,
  notificationEmail: null,
  netDays: 30,
  mailEnabled: true,
  mailDelivery: null,
  mailsOff: [],
  mailsWanted: [],
  taxMode: 'automatic',
  taxRegistrations: [],
  taxConnectionId: null,
  withdrawalEnabled: true,
}

/** Mails of the sandbox go to nobody unless an operator wants them to: its customers may be real people's addresses. */
export function usualDelivery(livemode: boolean): MailDelivery {
  return livemode ? 'smtp' : 'inbox'
}
