/** Which of an organisation's two sides a row, a key or a request belongs to. */
export const modes = ['live', 'sandbox'] as const
export type Mode = (typeof modes)[number]

/** One mode of one organisation: what `org_id` names in every table. */
export type Org = {
  readonly id: string
  readonly organisationId: string
  readonly mode: Mode
  readonly livemode: boolean
  /** Moves with every change of the side's catalogue, keys or clock. */
  readonly version: bigint
  /** The test clock's standing time; null while the side follows real time. */
  readonly simulatedTime: Temporal.Instant | null
  readonly invoicePrefix: string
}

type SideRow = {
  readonly org_id: string
  readonly organisation_id: string
  readonly mode: Mode
  readonly version: bigint
  readonly simulated_time: Temporal.Instant | null
  readonly invoice_prefix: string
}

/** The side as the rest of the product knows it. */
export function orgOf(row: SideRow): Org {
  return {
    id: row.org_id,
    organisationId: row.organisation_id,
    mode: row.mode,
    livemode: row.mode === 'live',
    version: row.version,
    simulatedTime: row.simulated_time,
    invoicePrefix: row.invoice_prefix,
  }
}

/** Builds public addresses of this server; signing is theirs, so that no caller handles the secret. */
export type Links = {
  readonly publicUrl: string
  checkout(orgId: string, checkoutId: string): string
  /** Where a customer pays what a subscription is past due for. */
  recovery(orgId: string, subscriptionId: string): string
  /** Where a customer gives another card for a subscription. */
  cardUpdate(orgId: string, subscriptionId: string): string
  /** The portal of a customer, while its session lasts. */
  portal(orgId: string, sessionId: string): string
  /** Where a customer says whether they want mails that they may do without. */
  mailChoice(orgId: string, customerId: string): string
  /** Where a customer says that a new e-mail address is theirs. */
  emailChange(orgId: string, changeId: string): string
  /** Where a customer withdraws from a contract: a subscription (`sub_…`), or a purchase by its invoice (`inv_…`). */
  withdrawal(orgId: string, contractId: string): string
  /** Where a payment link is paid. */
  payment(orgId: string, paymentId: string): string
  /** An invoice's PDF, for whoever has the link, until then in real time. */
  invoice(orgId: string, invoiceId: string, expiresAt: Temporal.Instant): string
  claim(token: string): string
  errorPage(code: string): string
}

/** What every action is told about the request or job it works for. `now` is the organisation's clock, never the machine's. */
export type Context = {
  readonly org: Org
  readonly now: Temporal.Instant
  /** The UTC day of `now`. */
  readonly today: Temporal.PlainDate
  readonly requestId: string
  /** The API version that the request speaks. */
  readonly apiVersion: string
  readonly links: Links
  /** The customer is there to confirm a charge with their bank; absent: nobody is. */
  readonly isCustomerPresent?: true
  /**
   * The request's Idempotency-Key with its fingerprint, for operations that keep their own (metering, staged). `keep` stores the answer of
   * a staged operation with an effect that one transaction is all of: who repeats the request gets it whatever died since.
   */
  readonly idempotency: {
    readonly key: string
    readonly fingerprint: Buffer
    readonly keep?: (tx: object, data: unknown) => Promise<void>
  } | null
}

/** Whose side it is and what time is there: what recording an event takes of a context. */
export type Moment = { readonly org: Pick<Org, 'id'>; readonly now: Temporal.Instant }
