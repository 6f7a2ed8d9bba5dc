/**
 * What the server hands to the hosted pages. Plain types without imports, so that the server may
 * `import type` them; amounts are whole minor units of `currency`, days are `YYYY-MM-DD`, moments ISO 8601.
 */

export type PageLocale = 'en' | 'es'
export type PageTheme = 'light' | 'dark' | 'auto'

export type CheckoutStatus = 'open' | 'processing' | 'requires_action' | 'complete' | 'canceled' | 'expired'

/** Pay a first invoice; start a trial (card kept, nothing charged); keep a card because the first total is zero. */
export type CheckoutKind = 'payment' | 'trial' | 'setup'

/** Why the customer is here: to begin something, or to pay or change what they have. */
export type CheckoutOccasion = 'new' | 'past_due' | 'reactivation' | 'unpaid' | 'method_update' | 'card_kept'

export type CheckoutLine = {
  lineType: string
  description: string
  quantity: number
  unitAmount: number
  amount: number
}

export type CheckoutTax = { name: string; percentage: number; amount: number }

export type CheckoutAddress = {
  line1: string
  line2: string | null
  city: string
  state: string | null
  postalCode: string
  country: string
}

export type CardSummary = { brand: string; last4: string }

export type CheckoutReceipt = {
  invoiceNumber: string | null
  paidAt: string
  total: number
  card: CardSummary | null
  nextChargeOn: string | null
}

/** A contract that can be withdrawn from until the end of `lastDay`. */
export type Withdrawable = { name: string; lastDay: string; url: string }

/** The `data` of `GET /hosted/v1/checkout/{token}`. */
export type CheckoutDescription = {
  object: 'checkout'
  livemode: boolean
  status: CheckoutStatus
  kind: CheckoutKind
  /** A subscription's checkout, or a payment link. */
  page: 'checkout' | 'pay'
  occasion: CheckoutOccasion
  organisation: { name: string }
  plan: {
    name: string
    description: string | null
    billingInterval: 'weekly' | 'monthly' | 'quarterly' | 'yearly' | 'one_time' | null
  }
  customer: {
    email: string
    /** It is changed in the portal only. */
    isEmailFixed: boolean
    fullName: string | null
    taxDocument: string | null
    address: CheckoutAddress | null
  }
  /** The tax number that was typed cannot be one of its country: tax is charged as without it. */
  taxDocumentIgnored: boolean
  currency: string
  lines: CheckoutLine[]
  subtotal: number
  discountAmount: number
  taxAmount: number
  /** Each tax in `taxAmount`; `percentage` as people write it, 9.975. */
  taxes: CheckoutTax[]
  taxTreatment: string | null
  /** Due today. */
  total: number
  /** What is charged next, and when; `later` what from when on, once a discount has run out. */
  renewal: {
    amount: number
    billingInterval: string
    on: string
    later: { amount: number; on: string } | null
  } | null
  trial: { days: number; endsOn: string } | null
  provider: 'commet' | 'stripe' | 'dlocal'
  /** Where the card is typed: in this form, in the provider's own fields, or on its page. */
  intake: 'card' | 'element' | 'page'
  publishableKey: string | null
  /** `total` as the provider counts it, for its own fields; null where it has none. */
  elementAmount: number | null
  successUrl: string | null
  /** What day it is in the sandbox; null in live mode. */
  clock: { today: string; isSimulated: boolean } | null
  /** The authentication step to finish while the status is `requires_action`. */
  action: { url: string; clientSecret?: string } | null
  /** Where a consumer withdraws from what was ordered, until the end of `lastDay`. */
  withdrawal: Withdrawable | null
  receipt: CheckoutReceipt | null
}

/** The names of the form's fields, as they are posted without script. */
export type CheckoutFieldName =
  | 'email'
  | 'country'
  | 'line1'
  | 'line2'
  | 'city'
  | 'state'
  | 'postalCode'
  | 'company'
  | 'taxDocument'
  | 'fullName'
  | 'cardNumber'
  | 'cardExpiry'
  | 'cardCvc'
  | 'promoCode'

export type CheckoutFormValues = Partial<Record<CheckoutFieldName, string>>

/** `field` is a name of the form ('postalCode') or of the API's body ('address.postalCode', 'card.number'). */
export type FieldError = { field: string; message: string }

/**
 * A refusal that belongs to no single field. `declineCode` chooses the words; `message` is shown only
 * for a kind without words of its own.
 */
export type CheckoutBanner =
  | {
      kind: 'declined' | 'authentication_failed' | 'rate_limited' | 'error'
      declineCode?: string | undefined
      /** Of the kind `error`: why, for words in the page's language. */
      code?: string | undefined
      message?: string | undefined
    }
  /** The price is another one than the page showed when it was sent: nothing was charged. */
  | { kind: 'total_changed'; total: number; currency: string }

/** Addresses of the built files, from the client's manifest: its entry is `clientEntry`. */
export type PageAssets = {
  script: string
  styles: readonly string[]
  /** What the content policy of this answer lets run. */
  nonce: string
}

type PageProps = { locale: PageLocale; theme: PageTheme; assets: PageAssets }

export type CheckoutPageProps = PageProps & {
  checkout: CheckoutDescription
  token: string
  /** What the customer typed before the page was rendered again; it goes before what is known of the customer. */
  values?: CheckoutFormValues | undefined
  errors?: readonly FieldError[] | undefined
  banner?: CheckoutBanner | undefined
  /** The countries on offer, in order; without it all of the world by name. */
  countries?: ReadonlyArray<{ code: string; name: string }> | undefined
  /** IANA zone in which the receipt's date is written; UTC without it. */
  timeZone?: string | undefined
}

export type AuthenticationPageProps = PageProps & {
  organisation: { name: string }
  /** What is about to be charged; zero when the card is only kept. */
  total: number
  currency: string
  card: CardSummary | null
}

export type MessagePageProps = PageProps & {
  /** Chooses the symbol, and the words where `title` and `message` are not given. */
  kind?:
    | 'not_found'
    | 'nothing_due'
    | 'expired'
    | 'canceled'
    | 'rate_limited'
    | 'too_large'
    | 'plan_unavailable'
    | 'no_provider'
    | 'welcome'
    | 'error'
    | undefined
  title?: string | undefined
  message?: string | undefined
  organisation?: { name: string } | undefined
  /** Ways on. One is a button, several are a list. */
  links?: ReadonlyArray<{ href: string; label: string }> | undefined
}
