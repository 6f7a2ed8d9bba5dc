/**
 * What the server hands to the pages of the customer portal. Plain types without imports of code, so that the server may
 * `import type` them; amounts are whole minor units of the currency beside them, days are `YYYY-MM-DD`.
 */
import type {
  CardSummary,
  CheckoutAddress,
  PageAssets,
  PageLocale,
  PageTheme,
  Withdrawable,
} from '../checkout/render.types.ts'

export type PortalFeature = {
  code: string
  name: string
  type: 'boolean' | 'usage' | 'seats' | 'quota'
  enabled?: boolean
  current?: number
  included?: number
  unlimited?: boolean
  overageQuantity?: number
  /** Rate scale: 10,000 is one whole unit of the currency. */
  overageUnitPrice?: number
  overageEnabled?: boolean
}

/** An add-on it has or could have: `price` for a billing period, `now` and `later` for the rest of the running one. */
export type PortalAddon = {
  id: string
  name: string
  description: string | null
  isActive: boolean
  price: number
  now: number
  later: number
}

export type PortalSubscription = {
  id: string
  status: 'draft' | 'pending_payment' | 'trialing' | 'active' | 'past_due' | 'canceled'
  plan: { name: string; description: string | null; isFree: boolean }
  consumptionModel: 'metered' | 'credits' | 'balance'
  billingInterval: 'weekly' | 'monthly' | 'quarterly' | 'yearly' | 'one_time' | null
  price: number
  currency: string
  periodStart: string | null
  periodEnd: string | null
  resetsOn: string | null
  trialEndsOn: string | null
  nextCharge: { on: string; amount: number } | null
  endsOn: string | null
  endedOn: string | null
  checkoutUrl: string | null
  may: {
    cancel: boolean
    uncancel: boolean
    retry: boolean
    reactivate: boolean
    updateMethod: boolean
    changePlan: boolean
    buy: boolean
    capSpend: boolean
    setSeats: boolean
  }
  credits: { remaining: number; included: number; purchased: number } | null
  /** `remaining` on the rate scale, `leastTopup` in minor units. */
  balance: { remaining: number; leastTopup: number; leastTotal: number } | null
  addons: PortalAddon[]
  /** `total` with the tax it is charged with. */
  packs: Array<{ id: string; name: string; credits: number; price: number; total: number }>
  /** What making it active again charges today, with tax. */
  restart: { total: number } | null
  spendCap: { own: number | null; inForce: number | null }
  features: PortalFeature[]
  scheduledChange: { name: string; on: string } | null
}

type PlanAndPrice = {
  planId: string
  name: string
  billingInterval: PortalSubscription['billingInterval']
  price: number
  currency: string
}

export type PortalPlanOption = PlanAndPrice & {
  description: string | null
  isFree: boolean
  state: 'current' | 'now' | 'at_period_end' | 'scheduled' | 'too_many_seats'
}

/** The `data` of `GET /hosted/v1/portal/{token}/plans`. */
export type PortalPlansDescription = {
  object: 'portal_plans'
  livemode: boolean
  options: PortalPlanOption[]
  preview:
    | (PlanAndPrice & {
        isNow: boolean
        effectiveOn: string
        credit: number
        total: number
        nextInvoice: { on: string; amount: number } | null
      })
    | null
}

export type PortalSeats = {
  code: string
  name: string
  current: number
  included: number
  unlimited: boolean
  /** False for seats of an earlier plan that this one has no more. */
  inPlan: boolean
  /** Rate scale, for a billing period; null where none beyond the included ones are sold. */
  unitPrice: number | null
}

/** The `data` of `GET /hosted/v1/portal/{token}/seats`. Amounts are before tax. */
export type PortalSeatsDescription = {
  object: 'portal_seats'
  livemode: boolean
  currency: string | null
  billingInterval: PortalSubscription['billingInterval']
  features: PortalSeats[]
  preview: {
    code: string
    name: string
    from: number
    to: number
    thisPeriod: { amount: number; units: number; on: string } | null
    nextPeriod: { before: number; after: number; on: string } | null
  } | null
}

/** The `data` of `GET /hosted/v1/portal/{token}/history`: credits are counts, a balance is on the rate scale. */
export type PortalHistoryDescription = {
  object: 'portal_history'
  livemode: boolean
  model: 'credits' | 'balance' | null
  currency: string | null
  entries: Array<{
    on: string
    kind:
      | 'grant'
      | 'reset'
      | 'expiry'
      | 'consumption'
      | 'purchase'
      | 'top_up'
      | 'adjustment'
      | 'overdraft_billed'
      | 'cancellation'
      | 'refund'
    change: number
    after: number
  }>
  olderThan: number | null
}

export type PortalInvoice = {
  id: string
  number: string
  issuedOn: string
  total: number
  currency: string
  status: 'draft' | 'outstanding' | 'paid' | 'void' | 'uncollectible'
  url: string
}

export type PortalCard = CardSummary & {
  expMonth: number
  expYear: number
  state: 'good' | 'expires_soon' | 'expired'
}

/** The `data` of `GET /hosted/v1/portal/{token}`. */
export type PortalDescription = {
  object: 'portal'
  livemode: boolean
  organisation: { name: string }
  customer: {
    email: string
    /** The address that waits to be confirmed. */
    newEmail: string | null
    fullName: string | null
    taxDocument: string | null
    /** The purchase order on invoices to come. */
    poNumber: string | null
    address: CheckoutAddress | null
  }
  returnUrl: string | null
  subscription: PortalSubscription | null
  paymentMethod: PortalCard | null
  /** Stored before, and good to be charged again. */
  otherMethods: Array<PortalCard & { id: string }>
  owed: { invoiceNumber: string; total: number; currency: string; payUrl: string } | null
  /** A charge that waits for the customer to confirm it with their bank. */
  confirmation: {
    /** What was asked for; it is done when this is confirmed. */
    action: 'credit-packs' | 'top-up' | 'activate-addon' | 'change-plan' | 'retry'
    total: number
    currency: string
    url: string
  } | null
  /** Contracts that the customer may withdraw from. */
  withdrawals: Withdrawable[]
  invoices: PortalInvoice[]
  olderThan: string | null
}

/** The overview, or one of the pages that something is decided on. */
export type PortalPart = 'overview' | 'cancel' | 'billing-details' | 'plans' | 'seats' | 'email' | 'history'

/** What was refused, with what was typed. */
export type PortalRefusal = {
  action: string
  code: string
  message: string
  status: number
  errors: ReadonlyArray<{ field: string; message: string }>
  /** Of a declined charge. */
  declineCode: string | null
  /** What it costs, where that is why: minor units, with tax. */
  price: { total: number; currency: string } | null
  values: Readonly<Record<string, string>>
}

type PageProps = { locale: PageLocale; theme: PageTheme; assets: PageAssets; token: string }

export type PortalPageProps = PageProps & {
  portal: PortalDescription
  part: PortalPart
  /** With the part `plans`. */
  plans?: PortalPlansDescription | undefined
  /** With the part `seats`. */
  seats?: PortalSeatsDescription | undefined
  /** With the part `history`. */
  history?: PortalHistoryDescription | undefined
  /** Goes with every form: pressed twice, it acts once. */
  once: string
  /** The action that was just done. */
  done?: string | undefined
  refusal?: PortalRefusal | undefined
}

export type PortalEndedProps = PageProps & {
  /** Whether a new link is on its way. */
  isSent: boolean
}

/** The page on which the provider's script shows the bank's step of something that was asked for in the portal. */
export type ConfirmationPageProps = PageProps & ConfirmationView

export type ConfirmationView = {
  livemode: boolean
  organisation: { name: string }
  total: number
  currency: string
  publishableKey: string
  clientSecret: string
  /** The step was left before it had an end. */
  isUnfinished: boolean
}

/** The page on which a consumer withdraws from a contract, or is told how it stands. Amounts are minor units of `currency`. */
export type WithdrawalPageProps = Omit<PageProps, 'token'> & {
  livemode: boolean
  organisation: string
  /** Where the seller answers questions. */
  support: string | null
  standing: 'open' | 'withdrawn' | 'over' | 'settled' | 'none'
  /** Money of the contract is moving at this moment: nothing was done yet. */
  isBusy: boolean
  contract: {
    kind: 'subscription' | 'purchase'
    name: string
    concludedAt: string
    lastDay: string | null
    refund: number
    currency: string
    customerName: string | null
    email: string
  } | null
  withdrawal: { declaredAt: string; amount: number } | null
  /** Where the form is sent to. */
  action: string
}

/** The page that a mail leads to which asks whether a new address is right. */
export type EmailChangeProps = PageProps & {
  standing: 'waiting' | 'confirmed' | 'ended'
  email: string
  organisation: string
}

/** The page on which a customer says whether they want mails that they may do without. */
export type MailChoiceProps = PageProps & {
  isWanted: boolean
  organisation: string
}
