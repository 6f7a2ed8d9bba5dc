import type { BillingServices } from '#billing/actions/take-steps.ts'
import { billingRoutes } from '#billing/billing.routes.ts'
import { explanationRoutes } from '#billing/explanation.routes.ts'
import { simulationRoutes } from '#billing/simulation.routes.ts'
import { addonRoutes } from '#catalogue/addons.routes.ts'
import { aiModelRoutes } from '#catalogue/ai-models.routes.ts'
import { creditPackRoutes } from '#catalogue/credit-packs.routes.ts'
import { featureRoutes } from '#catalogue/features.routes.ts'
import { planFeatureRoutes } from '#catalogue/plan-features.routes.ts'
import { planGroupRoutes } from '#catalogue/plan-groups.routes.ts'
import { planPriceRoutes } from '#catalogue/plan-prices.routes.ts'
import { planRoutes } from '#catalogue/plans.routes.ts'
import { promoCodeRoutes } from '#catalogue/promo-codes.routes.ts'
import { regionalPricingRoutes } from '#catalogue/regional-pricing.routes.ts'
import { customerRoutes } from '#customers/customers.routes.ts'
import { portalRoutes } from '#hosted/portal.routes.ts'
import type { Route } from '#http/operation.ts'
import { invoiceRoutes } from '#invoicing/invoices.routes.ts'
import { heldRoutes } from '#metering/held.routes.ts'
import { meteringRoutes } from '#metering/metering.routes.ts'
import type { Metering } from '#metering/metering.ts'
import { reservationRoutes } from '#metering/reservations.routes.ts'
import { organisationRoutes } from '#organisations/organisations.routes.ts'
import type { TestDisputeServices } from '#payments/actions/test-disputes.ts'
import { paymentRoutes } from '#payments/payments.routes.ts'
import { payoutRoutes } from '#payments/payouts.routes.ts'
import { testDisputeRoutes } from '#payments/test-disputes.routes.ts'
import { transactionRoutes } from '#payments/transactions.routes.ts'
import { subscriptionAddonRoutes } from '#subscriptions/addons.routes.ts'
import { invoiceStatusRoutes } from '#subscriptions/invoice-status.routes.ts'
import { ledgerRoutes } from '#subscriptions/ledgers.routes.ts'
import { planChangeRoutes } from '#subscriptions/plan-changes.routes.ts'
import { recoveryRoutes } from '#subscriptions/recovery.routes.ts'
import { spendCapRoutes } from '#subscriptions/spend-caps.routes.ts'
import { subscriptionRoutes } from '#subscriptions/subscriptions.routes.ts'
import { taxRateRoutes } from '#tax/tax-rates.routes.ts'
import { eventLogRoutes } from '#webhooks/event-log.routes.ts'
import type { WebhookServices } from '#webhooks/webhook-services.ts'
import { webhookRoutes } from '#webhooks/webhooks.routes.ts'

export type RouteServices = BillingServices &
  TestDisputeServices & { readonly metering: Metering; readonly webhooks: WebhookServices }

/** Every operation of the API with what carries it out: the one list that the server, the reference and the tests read. */
export function allRoutes(services: RouteServices): Route[] {
  return [
    ...featureRoutes,
    ...planRoutes,
    ...planFeatureRoutes,
    ...planPriceRoutes,
    ...regionalPricingRoutes,
    ...planGroupRoutes,
    ...addonRoutes,
    ...creditPackRoutes,
    ...aiModelRoutes,
    ...promoCodeRoutes,
    ...customerRoutes,
    ...taxRateRoutes,
    ...organisationRoutes,
    ...subscriptionRoutes(services),
    ...subscriptionAddonRoutes(services),
    ...ledgerRoutes(services),
    ...planChangeRoutes(services),
    ...recoveryRoutes(services),
    ...spendCapRoutes,
    ...meteringRoutes(services),
    ...reservationRoutes(services),
    ...heldRoutes,
    ...invoiceRoutes,
    ...invoiceStatusRoutes,
    ...explanationRoutes,
    ...simulationRoutes,
    ...paymentRoutes(services),
    ...payoutRoutes(services),
    ...transactionRoutes(services),
    ...testDisputeRoutes(services),
    ...billingRoutes(services),
    ...webhookRoutes(services.webhooks),
    ...eventLogRoutes(services.webhooks),
    ...portalRoutes,
  ]
}
