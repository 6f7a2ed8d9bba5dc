import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addonModels } from '#catalogue/addon.ts'
import { featureTypes } from '#catalogue/feature.ts'
import { consumptionModels } from '#catalogue/plan.ts'
import { pricingModes } from '#catalogue/plan-feature.ts'
import { discountTypes } from '#catalogue/plan-price.ts'
import { migrationsDirectory, readMigrations } from '#database/migrate.ts'
import { emailChangeStates } from '#hosted/email-changes.store.ts'
import { chargeTypes, invoiceCauses, invoiceStatuses, invoiceTypes, lineTypes } from '#invoicing/invoice-draft.ts'
import { mailDeliveries, mailKinds, mailStates } from '#mail/mail.ts'
import { reservationStatuses } from '#metering/reservation.ts'
import { capOwners } from '#metering/spend-cap.ts'
import { modes } from '#organisations/org.ts'
import { taxModes } from '#organisations/tax-settings.ts'
import { attemptKinds, transitions as attemptTransitions, purposes } from '#payments/attempt.ts'
import { disputeStates } from '#payments/dispute.ts'
import { keptStatuses, paymentKinds } from '#payments/payment.ts'
import {
  accountStatuses,
  bankAccountStatuses,
  bankAccountTypes,
  businessTypes,
  payoutStatuses,
} from '#payments/payout.ts'
import { providerNames } from '#payments/provider.ts'
import { behaviours } from '#payments/providers/simulated/test-cards.ts'
import { refundStates } from '#payments/refund.ts'
import { planChangeStates } from '#subscriptions/plan-change.ts'
import { windowKinds } from '#subscriptions/schedule.ts'
import { subscriptionStatuses } from '#subscriptions/subscription.ts'
import { answeredTreatments } from '#tax/asked-tax.ts'
import { rateSources } from '#tax/tax-rate.ts'
import { taxTreatments } from '#tax/treatment.ts'
import { billingIntervals } from '#time/interval.ts'
import { deliveryCauses, deliveryStates, replayStates } from '#webhooks/delivery.ts'

/** Every column with a closed list of values, and the list in the code that it has to equal. */
const lists: Readonly<Record<string, readonly string[]>> = {
  'side.mode': modes,
  'side_settings.mail_delivery': mailDeliveries,
  'side_settings.tax_mode': taxModes,
  'invoice.tax_treatment': taxTreatments,
  'invoice_tax.rate_source': rateSources,
  'tax_answer.treatment': answeredTreatments,
  'mail.kind': mailKinds,
  'mail.state': mailStates,
  'email_change.state': emailChangeStates,
  'feature.type': featureTypes,
  'plan.consumption_model': consumptionModels,
  'addon.consumption_model': addonModels,
  'plan_price.billing_interval': billingIntervals,
  'plan_price.intro_discount_type': discountTypes,
  'plan_price_regional.intro_discount_type': discountTypes,
  'promo_code.discount_type': discountTypes,
  'promo_code.billing_interval': billingIntervals,
  'plan_feature.pricing_mode': pricingModes,
  'plan_feature_revision.pricing_mode': pricingModes,
  'payout_account.provider': providerNames,
  'payout_account.status': accountStatuses,
  'payout_account.business_type': businessTypes,
  'payout_bank_account.account_type': bankAccountTypes,
  'payout_bank_account.status': bankAccountStatuses,
  'payout.status': payoutStatuses,
  'payment.kind': paymentKinds,
  'payment.status': keptStatuses,
  'payment.provider': providerNames,
  'payment_connection.provider': providerNames,
  'payment_method.provider': providerNames,
  'subscription.status': subscriptionStatuses,
  'subscription.billing_interval': billingIntervals,
  'subscription.provider': providerNames,
  'subscription.discount_type': discountTypes,
  'subscription_window.kind': windowKinds,
  'plan_change.state': planChangeStates,
  'plan_change.from_interval': billingIntervals,
  'plan_change.to_interval': billingIntervals,
  'plan_change.discount_type': discountTypes,
  'invoice.status': invoiceStatuses,
  'invoice.type': invoiceTypes,
  'invoice.cause': invoiceCauses,
  'invoice_line.line_type': lineTypes,
  'invoice_line.charge_type': chargeTypes,
  'payment_transaction.kind': attemptKinds,
  'payment_transaction.purpose': purposes,
  'payment_transaction.state': Object.keys(attemptTransitions),
  'payment_transaction.provider': providerNames,
  'refund.provider': providerNames,
  'refund.state': refundStates,
  'dispute.provider': providerNames,
  'dispute.state': disputeStates,
  'provider_event.provider': providerNames,
  'ledger_account.model': consumptionModels,
  'spend_cap.owner': capOwners,
  'usage_reservation.model': consumptionModels,
  'usage_reservation.status': reservationStatuses,
  'webhook_delivery.cause': deliveryCauses,
  'webhook_delivery.state': deliveryStates,
  'webhook_replay.state': replayStates,
  'simulated_processor.card.behaviour': behaviours,
  'simulated_processor.dispute.state': disputeStates,
}

/** Columns whose values the code knows by the generated types alone: a value that is not in the constraint does not compile. */
const typedByTable = [
  'subscription.discount_kind',
  'plan_change.discount_kind',
  'promo_code_redemption.state',
  'subscription_addon.state',
  'usage_event_key.kind',
  'checkout.kind',
  'checkout.status',
  'idempotency_key.state',
  'held_event.action',
  'ledger_entry.kind',
  'ledger_purchase.kind',
  'simulated_processor.charge.kind',
  'simulated_processor.charge.state',
  'simulated_processor.event.type',
]

test('a closed list of values is the same in the code and in the schema', async () => {
  const constraints = new Map<string, string[]>()
  for (const { sql } of await readMigrations(migrationsDirectory)) {
    for (const [column, values] of closedColumns(sql)) constraints.set(column, values)
  }
  for (const [column, values] of Object.entries(lists)) {
    assert.deepEqual(constraints.get(column)?.toSorted(), [...values].sort(), column)
  }
  const unknown = [...constraints.keys()].filter((column) => !(column in lists) && !typedByTable.includes(column))
  assert.deepEqual(unknown, [], 'every closed column is in one of the two lists')
})

/** ['invoice.status', ['draft', …]] for each `check (status in ('draft', …))` of a table's definition or of a later change. */
function* closedColumns(sql: string): Generator<[string, string[]]> {
  for (const [, table, body] of sql.matchAll(/^create table ([a-z_.]+) \(\n(.*?)^\)/gms)) {
    for (const [, column, list] of (body ?? '').matchAll(/check \((\w+) in \(([^)]*)\)\)/g)) {
      yield [`${table}.${column}`, valuesIn(list)]
    }
  }
  for (const [, table, column, list] of sql.matchAll(
    /^alter table ([a-z_.]+) add constraint \w+ check \((\w+) in \(([^)]*)\)\);/gm,
  )) {
    yield [`${table}.${column}`, valuesIn(list)]
  }
}

const valuesIn = (list = ''): string[] => [...list.matchAll(/'([^']*)'/g)].map(([, value]) => value ?? '')
