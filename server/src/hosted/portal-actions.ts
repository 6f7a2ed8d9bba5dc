import type * as z from 'zod'
import { runDue } from '#billing/actions/run-due.ts'
import { billTooLarge } from '#billing/bill-too-large.ts'
import { updateBillingDetails } from '#customers/actions/update-billing-details.ts'
import { inTransaction } from '#database/transaction.ts'
import { linkHours, mostAsked, requestEmailChange } from '#hosted/actions/change-email.ts'
import { dropEmailChange } from '#hosted/email-changes.store.ts'
import type { OpenedPortal, PortalServices } from '#hosted/portal-access.ts'
import { type PortalActionName, portalBodies } from '#hosted/portal-actions.contract.ts'
import { activateAddon, deactivateAddon } from '#hosted/portal-addons.ts'
import { changePortalPlan } from '#hosted/portal-changes.ts'
import { orConfirm } from '#hosted/portal-confirmations.ts'
import { capSpend, payAgain, purchase, shownSubscription } from '#hosted/portal-payments.ts'
import type { RequestKey } from '#http/idempotency.ts'
import { RateLimited } from '#http/rate-limit.ts'
import { changeOneHeld } from '#metering/actions/change-one-held.ts'
import { performAttempt } from '#payments/actions/perform-attempt.ts'
import { useMethod } from '#payments/actions/use-method.ts'
import { cancelSubscription } from '#subscriptions/actions/cancel-subscription.ts'
import { keepPlan } from '#subscriptions/actions/keep-plan.ts'
import { openMethodUpdate } from '#subscriptions/actions/open-recovery.ts'
import { uncancelSubscription } from '#subscriptions/actions/uncancel-subscription.ts'

/** The page an action leads to; null: back to the portal. */
type LeadsTo = string | null

type Services = PortalServices
type Run<Name extends PortalActionName> = (
  services: Services,
  portal: OpenedPortal,
  input: z.output<(typeof portalBodies)[Name]>,
  key: RequestKey | null,
) => Promise<LeadsTo>

/** Something a customer does in their portal: by a form of the page, or by its JSON API. */
type Action<Name extends PortalActionName> = {
  /** What a form posts, as the body of the same request. */
  fromForm(form: URLSearchParams): unknown
  /** Whether it may charge a card or sends mail: such are limited more. */
  readonly charges: boolean
  readonly run: Run<Name>
}

const noFields = () => ({})

/** Everything a customer can do in their portal, by the last part of its address. */
const actions: { readonly [Name in PortalActionName]: Action<Name> } = {
  cancel: {
    fromForm: (form) => ({ reason: form.get('reason') }),
    charges: false,
    async run(services, portal, { reason }) {
      const { context } = portal
      const { id } = await shownSubscription(services, portal)
      // Windows that ended before are billed as what they were.
      await runDue(services, context.org, id, context.now)
      const { attempt, isTooLarge } = await inTransaction(services.db, (tx) =>
        cancelSubscription(tx, context, { id, reason, immediate: false }),
      )
      if (isTooLarge) services.onBillingFailure(id, billTooLarge(id))
      if (attempt) await performAttempt(services, context, attempt)
      return null
    },
  },
  uncancel: {
    fromForm: noFields,
    charges: false,
    async run(services, portal) {
      const { id } = await shownSubscription(services, portal)
      await inTransaction(services.db, (tx) => uncancelSubscription(tx, portal.context, id))
      return null
    },
  },
  'payment-method': {
    fromForm: noFields,
    charges: false,
    async run(services, portal) {
      const { context } = portal
      const { org, links } = context
      const { id } = await shownSubscription(services, portal)
      const successUrl = `${links.portal(org.id, portal.id)}?done=payment-method`
      const checkout = await inTransaction(services.db, (tx) => openMethodUpdate(tx, context, { id, successUrl }))
      return links.checkout(org.id, checkout.id)
    },
  },
  'use-card': {
    fromForm: (form) => ({ paymentMethodId: form.get('paymentMethodId') ?? '' }),
    charges: false,
    async run(services, { context, session: { customerId } }, { paymentMethodId: methodId }) {
      await inTransaction(services.db, (tx) => useMethod(tx, context, { customerId, methodId }))
      return null
    },
  },
  'billing-details': {
    fromForm: (form) => ({
      fullName: form.get('fullName') ?? '',
      address: Object.fromEntries(
        ['country', 'line1', 'line2', 'city', 'state', 'postalCode'].map((name) => [name, form.get(name) ?? '']),
      ),
      taxDocument: form.get('taxDocument'),
      poNumber: form.get('poNumber') ?? undefined,
    }),
    charges: false,
    async run(services, { context, session }, details) {
      const address = { ...details.address, region: null }
      await inTransaction(services.db, (tx) =>
        updateBillingDetails(tx, context, session.customerId, { ...details, address }),
      )
      return null
    },
  },
  email: {
    fromForm: (form) => ({ email: (form.get('email') ?? '').trim() }),
    charges: true,
    async run(services, { context, session }, { email }) {
      const wish = { customerId: session.customerId, email, machineNow: services.machineNow() }
      const isAsked = await inTransaction(services.db, (tx) => requestEmailChange(tx, context, wish))
      if (!isAsked) {
        const seconds = linkHours * 3600
        throw new RateLimited({ limit: mostAsked, remaining: 0, resetSeconds: seconds }, seconds)
      }
      return null
    },
  },
  'drop-email': {
    fromForm: noFields,
    charges: false,
    async run(services, { context, session }) {
      await inTransaction(services.db, (tx) => dropEmailChange(tx, context.org.id, session.customerId))
      return null
    },
  },
  'spend-cap': {
    fromForm: (form) => ({ amount: (form.get('amount') ?? '').trim() || null }),
    charges: false,
    async run(services, portal, { amount }) {
      await capSpend(services, portal, amount)
      return null
    },
  },
  retry: {
    fromForm: noFields,
    charges: true,
    async run(services, portal) {
      return orConfirm(portal, () => payAgain(services, portal))
    },
  },
  'credit-packs': {
    fromForm: (form) => ({ creditPackId: form.get('creditPackId') ?? '' }),
    charges: true,
    async run(services, portal, { creditPackId }, key) {
      return orConfirm(portal, () => purchase(services, portal, { creditPackId }, key))
    },
  },
  'change-plan': {
    fromForm: (form) => ({ planId: form.get('planId') ?? '', billingInterval: form.get('billingInterval') || null }),
    charges: true,
    run: (services, portal, { planId, billingInterval }, key) =>
      changePortalPlan(services, portal, { planId, billingInterval: billingInterval ?? undefined }, key),
  },
  'keep-plan': {
    fromForm: noFields,
    charges: false,
    async run(services, portal) {
      const { id } = await shownSubscription(services, portal)
      await inTransaction(services.db, (tx) => keepPlan(tx, portal.context, id))
      return null
    },
  },
  'activate-addon': {
    fromForm: (form) => ({ addonId: form.get('addonId') ?? '' }),
    charges: true,
    async run(services, portal, { addonId }, key) {
      return orConfirm(portal, () => activateAddon(services, portal, addonId, key))
    },
  },
  'deactivate-addon': {
    fromForm: (form) => ({ addonId: form.get('addonId') ?? '' }),
    charges: false,
    async run(services, portal, { addonId }) {
      await deactivateAddon(services, portal, addonId)
      return null
    },
  },
  seats: {
    fromForm: (form) => ({ featureCode: form.get('featureCode') ?? '', count: form.get('count') ?? '' }),
    charges: false,
    async run(services, { context, session }, { featureCode, count }) {
      const asked = { customerId: session.customerId, featureCode, count }
      await inTransaction(services.db, (tx) => changeOneHeld(tx, context, 'seats', 'set', asked))
      return null
    },
  },
  'top-up': {
    fromForm: (form) => ({ amount: form.get('amount') ?? '' }),
    charges: true,
    async run(services, portal, { amount }, key) {
      return orConfirm(portal, () => purchase(services, portal, { amount }, key))
    },
  },
}

/** Whether the portal has an action of this name. */
export function isPortalAction(name: string): name is PortalActionName {
  return Object.hasOwn(portalBodies, name)
}

/** What an action needs, whichever it is: its body's definition, its form's reading, and itself. */
export function portalAction(name: PortalActionName) {
  const { fromForm, charges, run } = actions[name]
  // The body that is parsed with the definition of a name is what the action of that name takes.
  return { body: portalBodies[name] as z.ZodType, fromForm, charges, run: run as Run<never> as AnyRun }
}

type AnyRun = (services: Services, portal: OpenedPortal, input: unknown, key: RequestKey | null) => Promise<LeadsTo>
