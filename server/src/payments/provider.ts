import type { Mode } from '#organisations/org.ts'
import type { AccountStatus, MerchantBalance } from '#payments/payout.ts'
import type { TaxAnswer, TaxQuestion } from '#tax/asked-tax.ts'

export const providerNames = ['stripe', 'commet', 'dlocal'] as const
export type ProviderName = (typeof providerNames)[number]

/** A card as a customer types it. Lives in memory only, on its way to `vault`: never stored, never logged. */
export type CardInput = {
  readonly number: string
  readonly expMonth: number
  readonly expYear: number
  readonly cvc: string
}

/** What may be kept and shown of a card. `brand` in lower case ('visa'); `country` ISO 3166-1 in upper case. */
export type Card = {
  readonly brand: string
  readonly last4: string
  readonly expMonth: number
  readonly expYear: number
  readonly country: string | null
}

/** `code` and `message` say what is wrong; `field` names the wrong part of the card. */
export type VaultResult =
  | { readonly ok: true; readonly token: string; readonly card: Card }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly field: keyof CardInput }

/** Who pays, for providers that keep customers of their own. `knownToken`: of a card the customer has there already. */
export type Payer = {
  readonly customerId: string
  readonly email: string
  readonly name: string | null
  /** ISO 3166-1 in upper case. */
  readonly country: string | null
  readonly taxDocument: string | null
  readonly knownToken: string | null
}

/**
 * How a customer gives their card: typed here (test cards only), in fields of the provider's own that make a token of it,
 * or on a page of the provider's.
 */
export type CardIntake = 'card' | 'element' | 'page'
export const intakeOf = { commet: 'card', stripe: 'element', dlocal: 'page' } as const satisfies Record<
  ProviderName,
  CardIntake
>

export type PrepareResult =
  | { readonly ok: true; readonly token: string }
  | { readonly ok: false; readonly field: string; readonly message: string }

/** One request for money (charge) or for the right to ask for it later (setup, amount 0). `amount`: minor units. */
export type ChargeRequest = {
  readonly idempotencyKey: string
  readonly kind: 'charge' | 'setup'
  readonly token: string
  readonly amount: bigint
  readonly currency: string
  /** The customer is not there and cannot be asked for anything. */
  readonly offSession: boolean
  readonly description: string
  readonly metadata: Readonly<Record<string, string>>
  readonly payer: { readonly email: string | null; readonly name: string | null }
}

/** How a request stands. Off-session requests never end in `requires_action`: they are declined instead. */
export type KnownResult =
  | {
      readonly outcome: 'succeeded'
      readonly reference: string
      readonly card: Card
      /** What later charges of this card are asked with, when it is another token than this charge's. */
      readonly token?: string
    }
  | { readonly outcome: 'declined'; readonly reference: string | null; readonly code: string; readonly message: string }
  | { readonly outcome: 'requires_action'; readonly reference: string; readonly actionReference: string }

/** `not_found` is no answer to a charge: only to a question about one. */
export type ChargeResult = KnownResult | { readonly outcome: 'not_found' }

/** One request to give a charge back, all of it. `chargeReference` is the provider's own name of it. */
export type RefundRequest = {
  readonly idempotencyKey: string
  readonly chargeReference: string
  readonly amount: bigint
  readonly currency: string
  readonly metadata: Readonly<Record<string, string>>
}

export type RefundResult =
  | { readonly outcome: 'succeeded'; readonly reference: string }
  | { readonly outcome: 'failed'; readonly code: string; readonly message: string }

export const disputeOutcomes = ['won', 'lost'] as const
export type DisputeOutcome = (typeof disputeOutcomes)[number]

/**
 * Something that happened at the provider by itself. It may come twice, late, and in another order than it happened: each
 * says everything that is known of what it is about. The charge is named by the metadata it was asked for with.
 */
export type ProviderEvent = {
  readonly provider: ProviderName
  /** The provider's name of this event: the same when it comes again. */
  readonly id: string
  readonly type: 'dispute.opened' | 'dispute.closed'
  readonly charge: { readonly organisationId: string; readonly mode: Mode; readonly transactionId: string }
  readonly dispute: {
    readonly reference: string
    readonly amount: bigint
    readonly currency: string
    readonly reason: string | null
    /** From the merchant's side; null while it is open. */
    readonly outcome: DisputeOutcome | null
  }
}

/** What a provider has to tell that cannot call us. Those that can are heard by their webhook instead. */
export interface ProviderEvents {
  /** What was not heard yet, oldest first. */
  unheard(limit: number): Promise<ProviderEvent[]>
  heard(id: string): Promise<void>
}

/** A charge in a provider's books; `transaction` is our id of it, the amount in minor units. */
export type BookedCharge = { readonly transaction: string; readonly amount: bigint; readonly currency: string }

/** The providers that have a tax service. */
export const taxingProviders: readonly ProviderName[] = ['stripe']

/** `refused`: it would not calculate, for a reason that the seller has to mend in their account there. */
export type TaxResult =
  | { readonly outcome: 'answered'; readonly answer: TaxAnswer }
  | { readonly outcome: 'refused'; readonly message: string }

/** Calculating tax by the registrations and products of the seller's account there. Asking changes nothing there. */
export interface ProviderTax {
  ask(question: TaxQuestion): Promise<TaxResult>
}

/** A bank account as it is given. Lives in memory only, on its way to the provider: never stored, never logged. */
export type BankInput = { readonly accountNumber: string; readonly accountHolderName: string; readonly country: string }

/** `ok: false` where the provider takes no such account; `message` says what to do about it. */
export type BankResult =
  | { readonly ok: true; readonly token: string; readonly bankName: string | null; readonly currency: string }
  | { readonly ok: false; readonly message: string }

/** One request to send money. `reference`: the provider's name of it, once it was heard. `askedAt`: not before it was first asked. */
export type PayoutOrder = {
  readonly idempotencyKey: string
  readonly bankToken: string
  readonly amount: bigint
  readonly currency: string
  readonly reference: string | null
  readonly askedAt: Temporal.Instant
}

export type PayoutResult =
  | { readonly outcome: 'in_transit' | 'paid'; readonly reference: string }
  | {
      readonly outcome: 'failed'
      readonly reference: string | null
      readonly code: string
      readonly message: string
    }

/** Paying money out. Like everything of a provider, every method may throw {@link ProviderUnreachable}. */
export interface ProviderPayouts {
  /** Opens the account that is paid out from; the same key again gives the same account. */
  openAccount(idempotencyKey: string): Promise<{ readonly accountId: string; readonly status: AccountStatus }>
  addBankAccount(bank: BankInput): Promise<BankResult>
  /** What the provider says can be paid out in a currency; absent where it is what our own books come to. */
  balance?(currency: string): Promise<MerchantBalance>
  /** Sends money. The same key again sends nothing and answers how the first request stands now. */
  send(order: PayoutOrder): Promise<PayoutResult>
}

/**
 * A company that moves money. Every method may throw {@link ProviderUnreachable}, at the latest 25 seconds after the
 * call, and what it throws besides is a bug. Nobody calls it with a transaction open.
 */
export interface PaymentProvider {
  readonly name: ProviderName
  /** The modes it may be used in for new attempts. */
  readonly modes: readonly Mode[]

  /** Exchanges a card for a token; `now` is the organisation's, for the expiry. A wrong card is an answer. */
  vault(card: CardInput, now: Temporal.Instant): Promise<VaultResult>

  /**
   * Makes the token for a charge with the customer there, for intakes other than `card`: from what the provider's own fields
   * gave (`element`), or for the provider's page (`page`). What cannot be used is an answer.
   */
  prepare?(given: string | undefined, payer: Payer): Promise<PrepareResult>

  /**
   * Asks for the money. The same key again moves nothing and answers how the first request stands now; the same key with
   * another amount, currency, token or kind throws. Checks itself that what was booked is what was asked for.
   */
  charge(request: ChargeRequest): Promise<KnownResult>

  /** How the request with this key stands, `not_found` when it never arrived. Changes nothing. */
  find(idempotencyKey: string, asked: Pick<ChargeRequest, 'kind' | 'token'>): Promise<ChargeResult>

  /**
   * Takes back a request that may never have arrived: afterwards nothing can be booked under its key any more, however
   * late the request comes in. When it had arrived after all, answers how it stands and changes nothing.
   */
  withdraw(request: ChargeRequest): Promise<KnownResult>

  /** Ends an authentication that will not be finished. When it was finished meanwhile, answers how that ended. */
  abandon(reference: string, asked: Pick<ChargeRequest, 'kind' | 'token'>): Promise<ChargeResult>

  /** Gives a charge back. The same key again gives nothing more and answers how the first request ended. */
  refund(request: RefundRequest): Promise<RefundResult>

  /** How a stored card stands by the provider's name of it, with the token it is charged by; undefined when it is gone. */
  findCard?(reference: string): Promise<{ readonly token: string; readonly card: Card } | undefined>

  /**
   * How a dispute stands, and which charge it is about; undefined while no money is asked back. `transactionId`: what its signed
   * notification said it is about, for providers whose disputes do not.
   */
  findDispute?(
    reference: string,
    transactionId: string | undefined,
  ): Promise<Pick<ProviderEvent, 'charge' | 'dispute'> | undefined>

  /** Every charge that was booked for an organisation's mode and not canceled, refunded or not; absent where it has no list. */
  listCharges?(organisationId: string, mode: Mode): Promise<readonly BookedCharge[]>

  /** Those of some transactions of ours that were booked; for providers that have no list. */
  findCharges?(transactions: readonly string[]): Promise<readonly BookedCharge[]>

  /** Whether the provider takes the keys of this connection: asks and changes nothing. Absent where there are none. */
  acceptsKeys?(): Promise<boolean>

  /** Absent where the provider has no tax service; present for {@link taxingProviders}. */
  readonly tax?: ProviderTax

  /** Absent where the provider pays out by its own rules. */
  readonly payouts?: ProviderPayouts

  /** Absent where the provider calls a webhook. */
  readonly events?: ProviderEvents
}

/** The provider did not answer in time or at all: whether it did what was asked is unknown. */
export class ProviderUnreachable extends Error {
  override readonly name: string = 'ProviderUnreachable'
}

/** The provider does not take the keys of the connection: nothing was done, and nothing will be until they are replaced. */
export class KeysRefused extends ProviderUnreachable {
  override readonly name = 'KeysRefused'
}
