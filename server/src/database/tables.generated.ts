// Written by generate-tables.ts from the migrations; not to be edited.
import type { Generated } from 'kysely'
import type { JsonColumn, JsonColumnWithDefault, NullableJsonColumn } from './json.ts'

export type AddonTable = {
  org_id: string
  id: string
  feature_id: string
  slug: string
  name: string
  description: string | null
  consumption_model: 'boolean' | 'metered' | 'credits' | 'balance'
  base_price: bigint
  included_units: string | null
  overage_rate: bigint | null
  credit_cost: bigint | null
  revision: bigint
  deleted_at: Temporal.Instant | null
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
}

export type AddonRevisionTable = {
  org_id: string
  addon_id: string
  revision: bigint
  effective_at: Temporal.Instant
  base_price: bigint
  included_units: string | null
  overage_rate: bigint | null
  credit_cost: bigint | null
}

export type AiModelPriceTable = {
  org_id: string
  provider: string
  model: string
  revision: bigint
  effective_from: Temporal.Instant
  removed: Generated<boolean>
  input_price: string | null
  output_price: string | null
  cache_read_price: string | null
  cache_write_price: string | null
  created_at: Temporal.Instant
}

export type ApiKeyTable = {
  org_id: string
  id: string
  name: string
  prefix: string
  digest: Buffer
  expires_at: Temporal.Instant | null
  last_used_at: Temporal.Instant | null
  deleted_at: Temporal.Instant | null
  created_at: Temporal.Instant
}

export type ApiKeyDigestTable = {
  digest: Buffer
  org_id: string
  key_id: string
}

export type CarriedLineTable = {
  org_id: string
  id: string
  subscription_id: string
  line: JsonColumn
  invoice_id: string | null
  forgiven_at: Temporal.Instant | null
  created_at: Temporal.Instant
}

export type CheckoutTable = {
  org_id: string
  id: string
  kind: 'payment' | 'trial' | 'setup' | 'recovery' | 'method_update' | 'plan_change'
  status: Generated<'open' | 'complete' | 'canceled'>
  subscription_id: string
  invoice_id: string | null
  success_url: string | null
  completed_at: Temporal.Instant | null
  created_at: Temporal.Instant
}

export type ClaimLinkTable = {
  digest: Buffer
  organisation_id: string
  expires_at: Temporal.Instant
  revoked_at: Temporal.Instant | null
  created_at: Temporal.Instant
}

export type CreditPackTable = {
  org_id: string
  id: string
  name: string
  description: string | null
  credits: bigint
  price: bigint
  is_active: Generated<boolean>
  deleted_at: Temporal.Instant | null
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
}

export type CustomerTable = {
  org_id: string
  id: string
  external_id: string | null
  email: string
  full_name: string | null
  tax_document: string | null
  document_type: string | null
  timezone: string | null
  metadata: NullableJsonColumn
  address_id: string | null
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
  tax_exemption: string | null
  po_number: string | null
}

export type CustomerAddressTable = {
  org_id: string
  id: string
  customer_id: string
  line1: string
  line2: string | null
  city: string
  state: string | null
  region: string | null
  postal_code: string
  country: string
  created_at: Temporal.Instant
}

export type CustomerCreditTable = {
  org_id: string
  id: string
  customer_id: string
  currency: string
  amount: bigint
  remaining: bigint
  granted_by: string
  created_at: Temporal.Instant
  revoked_at: Temporal.Instant | null
}

export type CustomerCreditUseTable = {
  org_id: string
  credit_id: string
  invoice_id: string
  amount: bigint
  returned_at: Temporal.Instant | null
  created_at: Temporal.Instant
}

export type DisputeTable = {
  org_id: string
  id: string
  transaction_id: string
  subscription_id: string | null
  provider: 'stripe' | 'commet' | 'dlocal'
  provider_reference: string
  state: 'open' | 'won' | 'lost'
  amount: bigint
  currency: string
  reason: string | null
  opened_at: Temporal.Instant
  resolved_at: Temporal.Instant | null
  lost_at: Temporal.Instant | null
}

export type EmailChangeTable = {
  org_id: string
  id: string
  customer_id: string
  old_email: string
  new_email: string
  state: 'waiting' | 'confirmed' | 'dropped'
  requested_at: Temporal.Instant
  expires_at: Temporal.Instant
}

export type EventTable = {
  org_id: string
  id: string
  type: string
  customer_id: string | null
  data: JsonColumn
  occurred_at: Temporal.Instant
  created_at: Temporal.Instant
  position: Generated<bigint>
  pending: Generated<boolean>
  dispatched_at: Temporal.Instant | null
}

export type FeatureTable = {
  org_id: string
  id: string
  code: string
  name: string
  type: 'boolean' | 'usage' | 'seats' | 'quota'
  description: string | null
  unit_name: string | null
  deleted_at: Temporal.Instant | null
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
}

export type HeldCountTable = {
  org_id: string
  subscription_id: string
  feature_id: string
  current: bigint
  mark: bigint
  period_start: Temporal.PlainDate
  changes: bigint
  changed_on: Temporal.PlainDate
  changed_at: Temporal.Instant
}

export type HeldEventTable = {
  org_id: string
  id: string
  subscription_id: string
  feature_id: string
  number: bigint
  action: 'initial' | 'add' | 'set' | 'remove'
  count: bigint
  previous: bigint
  current: bigint
  counts_on: Temporal.PlainDate
  own_key: string | null
  created_at: Temporal.Instant
  window_number: number | null
}

export type HeldStepTable = {
  org_id: string
  subscription_id: string
  feature_id: string
  number: bigint
  window_number: number
  counts_on: Temporal.PlainDate
  mark_before: bigint
  mark_after: bigint
  settled_window: number | null
  created_at: Temporal.Instant
}

export type IdempotencyKeyTable = {
  org_id: string
  key: string
  fingerprint: Buffer
  state: 'running' | 'done'
  status: number | null
  body: string | null
  running_until: Temporal.Instant | null
  created_at: Temporal.Instant
}

export type InvoiceTable = {
  org_id: string
  id: string
  number: string
  customer_id: string
  subscription_id: string | null
  status: 'draft' | 'outstanding' | 'paid' | 'void' | 'uncollectible'
  type: 'recurring' | 'overage' | 'plan_change' | 'adjustment' | 'credit_purchase' | 'balance_topup' | 'addon_activation' | 'one_time_payment' | 'reactivation'
  cause: 'first' | 'window_end' | 'trial_end' | 'cancellation' | 'plan_change' | null
  window_number: number | null
  currency: string
  subtotal: bigint
  discount_amount: Generated<bigint>
  credit_applied: Generated<bigint>
  tax_amount: Generated<bigint>
  total: bigint
  period_start: Temporal.PlainDate
  period_end: Temporal.PlainDate
  issued_at: Temporal.Instant
  due_at: Temporal.Instant
  finalised_at: Temporal.Instant | null
  paid_at: Temporal.Instant | null
  voided_at: Temporal.Instant | null
  plan_name: string | null
  memo: string | null
  po_number: string | null
  reference: string | null
  metadata: JsonColumnWithDefault
  seller: NullableJsonColumn
  buyer: NullableJsonColumn
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
  overdue_at: Temporal.Instant | null
  tax_treatment: 'charged' | 'reverse_charge' | 'exempt' | 'not_registered' | 'place_unknown' | 'rate_unknown' | 'not_taxed' | 'off' | null
  seller_currency: string | null
  seller_currency_rate: string | null
}

export type InvoiceFileTable = {
  org_id: string
  invoice_id: string
  sha256: string
  first_given_at: Generated<Temporal.Instant>
}

export type InvoiceLineTable = {
  org_id: string
  invoice_id: string
  position: number
  line_type: 'plan_base' | 'feature_overage' | 'feature_seats' | 'feature_quota' | 'discount' | 'promo_code_discount' | 'credit' | 'balance_overage' | 'addon_base' | 'one_time'
  charge_type: Generated<'standard' | 'advance' | 'true_up'>
  feature_id: string | null
  feature_name: string | null
  description: string
  quantity: string
  unit_amount: bigint
  amount: bigint
  included_amount: string | null
  used_amount: string | null
  overage_amount: string | null
  discount_type: string | null
  discount_value: bigint | null
  discount_name: string | null
  window_number: number | null
  starts_on: Temporal.PlainDate | null
  ends_on: Temporal.PlainDate | null
  basis: NullableJsonColumn
}

export type InvoiceLineTaxTable = {
  org_id: string
  invoice_id: string
  tax_position: number
  line_position: number
  taxable: bigint
  amount: bigint
}

export type InvoiceSequenceTable = {
  org_id: string
  last: Generated<bigint>
}

export type InvoiceTaxTable = {
  org_id: string
  invoice_id: string
  position: number
  name: string
  rate: bigint
  country: string
  region: string | null
  taxable: bigint
  amount: bigint
  rate_source: 'shipped' | 'own' | 'provider' | null
  rate_as_of: Temporal.PlainDate | null
}

export type LedgerAccountTable = {
  org_id: string
  subscription_id: string
  model: 'metered' | 'credits' | 'balance'
  window_number: number
  plan_credits: Generated<bigint>
  purchased_credits: Generated<bigint>
  balance: Generated<bigint>
  may_overdraw: Generated<boolean>
  granted_credits: Generated<bigint>
  granted_balance: Generated<bigint>
  last_refill: Generated<bigint>
  low_told: Generated<boolean>
  entries: Generated<bigint>
  epoch: bigint
  reserved: Generated<bigint>
  mailed: Generated<number>
}

export type LedgerEntryTable = {
  org_id: string
  subscription_id: string
  number: bigint
  kind: 'grant' | 'reset' | 'expiry' | 'consumption' | 'purchase' | 'top_up' | 'adjustment' | 'overdraft_billed' | 'cancellation' | 'refund'
  plan_credits: Generated<bigint>
  purchased_credits: Generated<bigint>
  balance: Generated<bigint>
  plan_credits_after: bigint
  purchased_credits_after: bigint
  balance_after: bigint
  window_number: number
  usage_event_id: string | null
  invoice_id: string | null
  reason: string | null
  occurred_at: Temporal.Instant
}

export type LedgerPurchaseTable = {
  org_id: string
  invoice_id: string
  subscription_id: string
  kind: 'credits' | 'balance'
  amount: bigint
  credit_pack_id: string | null
  credit_pack_name: string | null
  fulfilled_at: Temporal.Instant | null
  created_at: Temporal.Instant
  request_key: string | null
  request_fingerprint: Buffer | null
  requested_at: Temporal.Instant | null
  credit_pack_price: bigint | null
  credit_pack_rate: string | null
}

export type MailTable = {
  org_id: string
  id: string
  kind: 'subscription_started' | 'subscription_reactivated' | 'receipt' | 'refunded' | 'invoice_finalised' | 'invoice_sent' | 'payment_failed' | 'action_needed' | 'payment_recovered' | 'canceled_for_non_payment' | 'trial_will_end' | 'trial_converted' | 'subscription_changed' | 'cancel_scheduled' | 'cancel_undone' | 'subscription_ended' | 'renewal_reminder' | 'card_expiring' | 'credits_low' | 'credits_depleted' | 'credits_granted' | 'balance_low' | 'balance_depleted' | 'balance_granted' | 'dispute_opened' | 'dispute_resolved' | 'payout_paid' | 'payout_failed' | 'subscription_unpaid' | 'sale_made' | 'webhook_failed' | 'webhook_switched_off' | 'portal_link' | 'email_change' | 'email_changed' | 'withdrawal_receipt' | 'withdrawal_declared' | 'refund_failed'
  customer_id: string | null
  facts: JsonColumn
  state: 'waiting' | 'sent' | 'failed' | 'inbox'
  attempts: Generated<number>
  next_attempt_at: Temporal.Instant | null
  last_error: string | null
  recipient: string | null
  subject: string | null
  attachments: NullableJsonColumn
  occurred_at: Temporal.Instant
  queued_at: Temporal.Instant
  sent_at: Temporal.Instant | null
}

export type MailOptOutTable = {
  org_id: string
  customer_id: string
  since: Temporal.Instant
}

export type OrganisationTable = {
  id: string
  name: string
  live_org_id: string
  sandbox_org_id: string
  claimed_at: Temporal.Instant | null
  created_at: Temporal.Instant
}

export type PaymentTable = {
  org_id: string
  id: string
  kind: 'link' | 'charge'
  status: 'pending' | 'succeeded' | 'failed' | 'canceled'
  customer_id: string | null
  subscription_id: string | null
  provider: 'stripe' | 'commet' | 'dlocal'
  connection_id: string | null
  amount_subtotal: bigint
  tax_amount: Generated<bigint>
  currency: string
  description: string
  metadata: NullableJsonColumn
  success_url: string | null
  expires_at: Temporal.Instant | null
  invoice_id: string | null
  paid_at: Temporal.Instant | null
  request_key: string | null
  request_fingerprint: Buffer | null
  requested_at: Temporal.Instant | null
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
  tax: NullableJsonColumn
}

export type PaymentConnectionTable = {
  org_id: string
  id: string
  provider: 'stripe' | 'commet' | 'dlocal'
  name: string
  sealed: string | null
  settings: JsonColumnWithDefault
  is_default: Generated<boolean>
  removed_at: Temporal.Instant | null
  created_at: Temporal.Instant
}

export type PaymentMethodTable = {
  org_id: string
  id: string
  customer_id: string
  provider: 'stripe' | 'commet' | 'dlocal'
  provider_token: string
  brand: string
  last4: string
  exp_month: number
  exp_year: number
  country: string | null
  is_default: Generated<boolean>
  detached_at: Temporal.Instant | null
  created_at: Temporal.Instant
  connection_id: string | null
  expiry_notice_on: Temporal.PlainDate | null
}

export type PaymentRouteTable = {
  org_id: string
  country: string
  connection_id: string
}

export type PaymentTransactionTable = {
  org_id: string
  id: string
  kind: 'charge' | 'setup'
  purpose: 'first_invoice' | 'trial_setup' | 'free_first_period' | 'renewal' | 'final_invoice' | 'credit_purchase' | 'balance_topup' | 'recovery' | 'method_update' | 'reactivation' | 'addon_activation' | 'plan_change' | 'plan_change_checkout' | 'payment_link' | 'payment_charge'
  state: 'started' | 'requires_action' | 'succeeded' | 'failed' | 'refunded' | 'disputed'
  customer_id: string
  subscription_id: string | null
  invoice_id: string | null
  checkout_id: string | null
  payment_method_id: string | null
  provider: 'stripe' | 'commet' | 'dlocal'
  provider_token: string
  provider_reference: string | null
  action_reference: string | null
  off_session: boolean
  amount: bigint
  subtotal: bigint
  tax_amount: bigint
  currency: string
  customer_email: string | null
  customer_name: string | null
  card: NullableJsonColumn
  failure_code: string | null
  failure_message: string | null
  started_at: Temporal.Instant
  look_again_at: Temporal.Instant | null
  looks: Generated<number>
  paid_at: Temporal.Instant | null
  available_at: Temporal.Instant | null
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
  connection_id: string | null
  payment_id: string | null
}

export type PayoutTable = {
  org_id: string
  id: string
  bank_account_id: string
  status: 'pending' | 'in_transit' | 'paid' | 'failed' | 'canceled'
  amount: bigint
  fee: Generated<bigint>
  currency: string
  description: string | null
  provider_reference: string | null
  failure_code: string | null
  failure_message: string | null
  look_again_at: Temporal.Instant | null
  request_key: string | null
  request_fingerprint: Buffer | null
  requested_at: Temporal.Instant
  settled_at: Temporal.Instant | null
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
}

export type PayoutAccountTable = {
  org_id: string
  provider: 'stripe' | 'commet' | 'dlocal'
  provider_account_id: string
  status: 'pending_verification' | 'verified' | 'restricted' | 'disabled'
  business_type: 'individual' | 'company'
  country: string
  told_until: Temporal.Instant
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
  connection_id: string | null
}

export type PayoutBankAccountTable = {
  org_id: string
  id: string
  provider_token: string
  holder_name: string
  last4: string
  bank_name: string | null
  country: string
  currency: string
  account_type: 'checking' | 'savings' | null
  is_default: boolean
  status: 'active' | 'errored'
  created_at: Temporal.Instant
}

export type PlanTable = {
  org_id: string
  id: string
  code: string
  name: string
  description: string | null
  consumption_model: Generated<'metered' | 'credits' | 'balance'>
  is_public: Generated<boolean>
  is_default: Generated<boolean>
  is_free: Generated<boolean>
  block_on_exhaustion: Generated<boolean>
  metadata: NullableJsonColumn
  plan_group_id: string | null
  sort_order: Generated<number>
  deleted_at: Temporal.Instant | null
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
}

export type PlanChangeTable = {
  org_id: string
  id: string
  subscription_id: string
  state: 'charging' | 'awaiting' | 'applied' | 'declined' | 'dropped'
  from_plan_id: string
  from_interval: 'weekly' | 'monthly' | 'quarterly' | 'yearly' | 'one_time' | null
  to_plan_id: string
  to_price_id: string | null
  to_interval: 'weekly' | 'monthly' | 'quarterly' | 'yearly' | 'one_time' | null
  currency: string
  has_us_pricing: Generated<boolean>
  base_price: bigint
  window_number: number
  invoice_id: string | null
  charge: Generated<bigint>
  credit: Generated<bigint>
  kept: Generated<bigint>
  usage: JsonColumnWithDefault
  overdraft: Generated<bigint>
  request_key: string | null
  request_fingerprint: Buffer | null
  requested_at: Temporal.Instant | null
  decided_at: Temporal.Instant
  ended_at: Temporal.Instant | null
  discount_kind: 'intro_offer' | 'promo_code' | null
  discount_type: 'percentage' | 'amount' | null
  discount_value: bigint | null
  discount_name: string | null
  discount_cycles: number | null
  promo_code_id: string | null
  agreed: string | null
  decided_revision: bigint | null
}

export type PlanExchangeRateTable = {
  org_id: string
  plan_id: string
  currency: string
  exchange_rate: string
  effective_at: Temporal.Instant
  revision: Generated<bigint>
}

export type PlanFeatureTable = {
  org_id: string
  plan_id: string
  feature_id: string
  enabled: Generated<boolean>
  included_amount: Generated<string>
  unlimited: Generated<boolean>
  overage_enabled: Generated<boolean>
  overage_unit_price: Generated<bigint>
  credits_per_unit: bigint | null
  pricing_mode: Generated<'fixed' | 'ai_model'>
  margin: bigint | null
  position: Generated<number>
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
}

export type PlanFeatureRegionalTable = {
  org_id: string
  plan_id: string
  feature_id: string
  currency: string
  revision: bigint
  effective_at: Temporal.Instant
  overage_unit_price: bigint | null
}

export type PlanFeatureRevisionTable = {
  org_id: string
  plan_id: string
  feature_id: string
  revision: bigint
  effective_at: Temporal.Instant
  removed: Generated<boolean>
  enabled: boolean
  included_amount: string
  unlimited: boolean
  overage_enabled: boolean
  overage_unit_price: bigint
  credits_per_unit: bigint | null
  pricing_mode: 'fixed' | 'ai_model'
  margin: bigint | null
}

export type PlanGroupTable = {
  org_id: string
  id: string
  name: string
  description: string | null
  is_public: Generated<boolean>
  deleted_at: Temporal.Instant | null
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
}

export type PlanPriceTable = {
  org_id: string
  id: string
  plan_id: string
  billing_interval: 'weekly' | 'monthly' | 'quarterly' | 'yearly' | 'one_time'
  price: bigint
  is_default: Generated<boolean>
  trial_days: Generated<number>
  included_balance: bigint | null
  included_credits: bigint | null
  intro_enabled: Generated<boolean>
  intro_discount_type: 'percentage' | 'amount' | null
  intro_discount_value: bigint | null
  intro_duration_cycles: number | null
  deleted_at: Temporal.Instant | null
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
  revision: Generated<number>
}

export type PlanPriceRegionalTable = {
  org_id: string
  price_id: string
  currency: string
  revision: bigint
  effective_at: Temporal.Instant
  price: bigint | null
  included_balance: bigint | null
  intro_discount_type: 'percentage' | 'amount' | null
  intro_discount_value: bigint | null
  intro_duration_cycles: number | null
}

export type PlanPriceRevisionTable = {
  org_id: string
  price_id: string
  number: number
  price: bigint
  effective_at: Temporal.Instant
  included_credits: bigint | null
  included_balance: bigint | null
}

export type PortalRetryTable = {
  org_id: string
  subscription_id: string
  tried_on: Temporal.PlainDate
  tries: number
}

export type PortalSessionTable = {
  org_id: string
  id: string
  customer_id: string
  return_url: string | null
  opened_at: Temporal.Instant
  last_seen_at: Temporal.Instant
  mailed: Generated<number>
}

export type PromoCodeTable = {
  org_id: string
  id: string
  code: string
  discount_type: 'percentage' | 'amount'
  discount_value: bigint
  duration_cycles: number | null
  billing_interval: 'weekly' | 'monthly' | 'quarterly' | 'yearly' | 'one_time' | null
  plan_ids: string[] | null
  max_redemptions: number | null
  expires_at: Temporal.Instant | null
  is_active: Generated<boolean>
  held: Generated<number>
  redeemed: Generated<number>
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
  honoured: Generated<number>
}

export type PromoCodeRedemptionTable = {
  org_id: string
  promo_code_id: string
  customer_id: string
  subscription_id: string
  state: 'held' | 'redeemed'
  redeemed_at: Temporal.Instant | null
  created_at: Temporal.Instant
  beyond_cap: Generated<boolean>
}

export type ProviderEventTable = {
  org_id: string
  provider: 'stripe' | 'commet' | 'dlocal'
  id: string
  type: string
  received_at: Temporal.Instant
  connection_id: string | null
  told: NullableJsonColumn
  looks: Generated<number>
  look_again_at: Temporal.Instant | null
}

export type RefundTable = {
  org_id: string
  id: string
  transaction_id: string
  subscription_id: string | null
  provider: 'stripe' | 'commet' | 'dlocal'
  state: 'started' | 'succeeded' | 'failed'
  amount: bigint
  currency: string
  provider_reference: string | null
  failure_code: string | null
  failure_message: string | null
  started_at: Temporal.Instant
  look_again_at: Temporal.Instant | null
  looks: Generated<number>
  settled_at: Temporal.Instant | null
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
}

export type SchemaMigrationTable = {
  version: number
  name: string
  checksum: string
  applied_at: Generated<Temporal.Instant>
}

export type SideTable = {
  org_id: string
  organisation_id: string
  mode: 'live' | 'sandbox'
  version: Generated<bigint>
  simulated_time: Temporal.Instant | null
  clock_moved_at: Temporal.Instant | null
  api_version: string | null
  invoice_prefix: string
  created_at: Temporal.Instant
}

export type SideSettingsTable = {
  org_id: string
  seller: NullableJsonColumn
  mail_enabled: Generated<boolean>
  mail_delivery: 'smtp' | 'inbox' | null
  mails_off: Generated<string[]>
  updated_at: Temporal.Instant
  notification_email: string | null
  tax_mode: Generated<'automatic' | 'none' | 'provider'>
  tax_registrations: Generated<string[]>
  tax_connection_id: string | null
  net_days: Generated<number>
  withdrawal_enabled: Generated<boolean>
  mails_wanted: Generated<string[]>
}

export type SpendCapTable = {
  org_id: string
  subscription_id: string
  scope: string
  owner: 'merchant' | 'customer'
  feature_id: string | null
  amount: bigint
  since_window: number
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
}

export type SubscriptionTable = {
  org_id: string
  id: string
  customer_id: string
  plan_id: string
  price_id: string | null
  name: string
  description: string | null
  status: 'draft' | 'pending_payment' | 'trialing' | 'active' | 'past_due' | 'canceled'
  billing_interval: 'weekly' | 'monthly' | 'quarterly' | 'yearly' | 'one_time' | null
  currency: string
  base_price: Generated<bigint>
  provider: 'stripe' | 'commet' | 'dlocal' | null
  success_url: string | null
  anchor: Temporal.PlainDate | null
  billing_day_of_month: number | null
  period_start: Temporal.PlainDate | null
  period_end: Temporal.PlainDate | null
  window_start: Temporal.PlainDate | null
  window_end: Temporal.PlainDate | null
  window_number: Generated<number>
  trial_days: Generated<number>
  trial_ends_on: Temporal.PlainDate | null
  discount_kind: 'intro_offer' | 'promo_code' | null
  discount_type: 'percentage' | 'amount' | null
  discount_value: bigint | null
  discount_name: string | null
  discount_cycles: number | null
  discount_cycles_used: Generated<number>
  cancel_requested_at: Temporal.Instant | null
  cancel_effective_on: Temporal.PlainDate | null
  cancel_reason: string | null
  canceled_at: Temporal.Instant | null
  activated_at: Temporal.Instant | null
  start_date: Temporal.Instant
  ended_at: Temporal.Instant | null
  due_at: Temporal.Instant | null
  epoch: Generated<bigint>
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
  reminded_on: Temporal.PlainDate | null
  first_declined_at: Temporal.Instant | null
  retries: Generated<number>
  declined_invoice_id: string | null
  promo_code_id: string | null
  has_us_pricing: Generated<boolean>
  agreed: string | null
  connection_id: string | null
  scheduled_plan_id: string | null
  scheduled_price_id: string | null
  scheduled_interval: 'weekly' | 'monthly' | 'quarterly' | 'yearly' | 'one_time' | null
  scheduled_at: Temporal.Instant | null
}

export type SubscriptionAddonTable = {
  org_id: string
  subscription_id: string
  number: number
  addon_id: string
  state: 'pending' | 'active' | 'ended' | 'refused'
  charge: bigint
  invoice_id: string | null
  terms_revision: bigint
  since_window: number
  until_window: number | null
  activated_at: Temporal.Instant | null
  deactivated_at: Temporal.Instant | null
  request_key: string | null
  request_fingerprint: Buffer | null
  requested_at: Temporal.Instant
  created_at: Temporal.Instant
}

export type SubscriptionWindowTable = {
  org_id: string
  subscription_id: string
  number: number
  kind: 'paid' | 'trial' | 'free'
  plan_id: string
  starts_on: Temporal.PlainDate
  ends_on: Temporal.PlainDate
  period_start: Temporal.PlainDate
  period_end: Temporal.PlainDate | null
  terms_revision: bigint
  opened_at: Temporal.Instant
  closed_at: Temporal.Instant | null
  closed_revision: bigint | null
}

export type TaxAnswerTable = {
  org_id: string
  connection_id: string
  question: string
  treatment: 'charged' | 'reverse_charge' | 'exempt' | 'not_registered' | 'place_unknown' | 'rate_unknown' | 'not_taxed'
  country: string | null
  region: string | null
  rates: JsonColumn
  asked_at: Temporal.Instant
  tried_at: Temporal.Instant | null
}

export type TaxRateTable = {
  org_id: string
  country: string
  region: string
  revision: bigint
  valid_from: Temporal.PlainDate
  rates: NullableJsonColumn
  created_at: Temporal.Instant
}

export type UsageAdjustmentTable = {
  org_id: string
  event_id: string
  customer_id: string
  subscription_id: string
  feature_id: string
  window_number: number
  value: string
  previous_value: string
  reason: string | null
  own_key: string | null
  created_at: Temporal.Instant
}

export type UsageCounterTable = {
  org_id: string
  subscription_id: string
  feature_id: string
  window_number: number
  total: Generated<string>
  events: Generated<bigint>
  epoch: bigint
  closed: Generated<boolean>
  reserved: Generated<string>
  told: Generated<number>
}

export type UsageEventTable = {
  org_id: string
  id: string
  recorded_at: Temporal.Instant
  subscription_id: string
  customer_id: string
  feature_id: string
  window_number: number
  quantity: string
  ts: Temporal.Instant
  late: Generated<boolean>
  idempotency_key: string | null
  properties: NullableJsonColumn
  created_at: Temporal.Instant
  tokens: NullableJsonColumn
}

export type UsageEventKeyTable = {
  org_id: string
  kind: 'body' | 'request'
  key: string
  event_id: string
  recorded_at: Temporal.Instant
  fingerprint: Buffer | null
}

export type UsageReservationTable = {
  org_id: string
  id: string
  customer_id: string
  subscription_id: string
  feature_id: string
  feature_code: string
  window_number: number
  model: 'metered' | 'credits' | 'balance'
  status: 'held' | 'committed' | 'released' | 'expired'
  quantity: string
  held_units: Generated<string>
  held_funds: Generated<bigint>
  tokens: NullableJsonColumn
  own_key: string | null
  expires_at: Temporal.Instant
  usage_event_id: string | null
  committed: string | null
  settled_at: Temporal.Instant | null
  created_at: Temporal.Instant
}

export type WebhookAttemptTable = {
  org_id: string
  delivery_id: string
  number: number
  started_at: Temporal.Instant
  duration_ms: number
  status: number | null
  error: string | null
  response: string | null
}

export type WebhookDeliveryTable = {
  org_id: string
  id: string
  endpoint_id: string
  event_id: string
  type: string
  cause: 'event' | 'resend' | 'replay' | 'test'
  replay_id: string | null
  lane: string | null
  position: bigint
  state: 'waiting' | 'delivered' | 'failed' | 'canceled'
  attempts: Generated<number>
  next_attempt_at: Temporal.Instant | null
  created_at: Temporal.Instant
  finished_at: Temporal.Instant | null
}

export type WebhookEndpointTable = {
  org_id: string
  id: string
  url: string
  events: string[]
  description: string | null
  is_active: Generated<boolean>
  api_version: string
  secret: string
  since_position: bigint
  matched_position: bigint
  failed_in_a_row: Generated<number>
  due_at: Temporal.Instant | null
  lease: string | null
  leased_until: Temporal.Instant | null
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
  deleted_at: Temporal.Instant | null
  previous_secrets: JsonColumnWithDefault
}

export type WebhookReplayTable = {
  org_id: string
  id: string
  endpoint_id: string
  starts_at: Temporal.Instant
  ends_at: Temporal.Instant
  events: string[] | null
  state: 'queueing' | 'queued' | 'canceled'
  total: number
  last_position: bigint
  reached_position: Generated<bigint>
  queued: Generated<number>
  created_at: Temporal.Instant
  finished_at: Temporal.Instant | null
}

export type WithdrawalTable = {
  org_id: string
  contract_id: string
  concluded_at: Temporal.Instant
  subscription_id: string
  customer_id: string
  name: string
  declared_at: Temporal.Instant
  amount: bigint
  by_hand: bigint
  currency: string
  disputed: Generated<string[]>
  conclusion: number
}

export type Tables = {
  addon: AddonTable
  addon_revision: AddonRevisionTable
  ai_model_price: AiModelPriceTable
  api_key: ApiKeyTable
  api_key_digest: ApiKeyDigestTable
  carried_line: CarriedLineTable
  checkout: CheckoutTable
  claim_link: ClaimLinkTable
  credit_pack: CreditPackTable
  customer: CustomerTable
  customer_address: CustomerAddressTable
  customer_credit: CustomerCreditTable
  customer_credit_use: CustomerCreditUseTable
  dispute: DisputeTable
  email_change: EmailChangeTable
  event: EventTable
  feature: FeatureTable
  held_count: HeldCountTable
  held_event: HeldEventTable
  held_step: HeldStepTable
  idempotency_key: IdempotencyKeyTable
  invoice: InvoiceTable
  invoice_file: InvoiceFileTable
  invoice_line: InvoiceLineTable
  invoice_line_tax: InvoiceLineTaxTable
  invoice_sequence: InvoiceSequenceTable
  invoice_tax: InvoiceTaxTable
  ledger_account: LedgerAccountTable
  ledger_entry: LedgerEntryTable
  ledger_purchase: LedgerPurchaseTable
  mail: MailTable
  mail_opt_out: MailOptOutTable
  organisation: OrganisationTable
  payment: PaymentTable
  payment_connection: PaymentConnectionTable
  payment_method: PaymentMethodTable
  payment_route: PaymentRouteTable
  payment_transaction: PaymentTransactionTable
  payout: PayoutTable
  payout_account: PayoutAccountTable
  payout_bank_account: PayoutBankAccountTable
  plan: PlanTable
  plan_change: PlanChangeTable
  plan_exchange_rate: PlanExchangeRateTable
  plan_feature: PlanFeatureTable
  plan_feature_regional: PlanFeatureRegionalTable
  plan_feature_revision: PlanFeatureRevisionTable
  plan_group: PlanGroupTable
  plan_price: PlanPriceTable
  plan_price_regional: PlanPriceRegionalTable
  plan_price_revision: PlanPriceRevisionTable
  portal_retry: PortalRetryTable
  portal_session: PortalSessionTable
  promo_code: PromoCodeTable
  promo_code_redemption: PromoCodeRedemptionTable
  provider_event: ProviderEventTable
  refund: RefundTable
  schema_migration: SchemaMigrationTable
  side: SideTable
  side_settings: SideSettingsTable
  spend_cap: SpendCapTable
  subscription: SubscriptionTable
  subscription_addon: SubscriptionAddonTable
  subscription_window: SubscriptionWindowTable
  tax_answer: TaxAnswerTable
  tax_rate: TaxRateTable
  usage_adjustment: UsageAdjustmentTable
  usage_counter: UsageCounterTable
  usage_event: UsageEventTable
  usage_event_key: UsageEventKeyTable
  usage_reservation: UsageReservationTable
  webhook_attempt: WebhookAttemptTable
  webhook_delivery: WebhookDeliveryTable
  webhook_endpoint: WebhookEndpointTable
  webhook_replay: WebhookReplayTable
  withdrawal: WithdrawalTable
}
