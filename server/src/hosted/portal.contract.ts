import * as z from 'zod'
import {
  amount,
  count,
  day,
  livemode,
  quantity,
  rate,
  reference,
  signedAmount,
  signedRate,
  webAddress,
} from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'
import { invoiceStatuses } from '#invoicing/invoice-draft.ts'
import { subscriptionStatuses } from '#subscriptions/subscription.ts'
import { billingIntervals } from '#time/interval.ts'

const PortalAccess = z.object({ portalUrl: z.string(), object: z.literal('portal_session'), livemode }).meta({
  id: 'PortalAccess',
  description: 'Where a customer looks after their subscription: for 30 minutes after the last use, 2 hours at most.',
})

const exactlyOne = 'Give exactly one of email and customerId.'

export const requestPortalAccessOperation = operation({
  id: 'Portal.getUrl',
  method: 'POST',
  path: '/portal/request-access',
  kind: 'write',
  status: 201,
  summary: 'Make a link to the portal of a customer.',
  description:
    'Whoever has the link may change the subscription, so give it only to the customer who is signed in to your product. Of several customers with one email address it opens the portal of the one with a running subscription, else of the newest.',
  body: z
    .object({
      email: z.email({ error: 'Must be an email address.' }).max(254).optional(),
      customerId: reference.optional(),
      returnUrl: webAddress.optional(),
    })
    .superRefine(({ email, customerId }, { addIssue }) => {
      if ((email === undefined) === (customerId === undefined)) {
        addIssue({ code: 'custom', path: ['customerId'], message: exactlyOne })
      }
    }),
  data: PortalAccess,
  problems: ['customer_not_found'],
})

const ledgerKinds = [
  'grant',
  'reset',
  'expiry',
  'consumption',
  'purchase',
  'top_up',
  'adjustment',
  'overdraft_billed',
  'cancellation',
  'refund',
] as const

/** What a customer asks for in the portal that charges a card, and may therefore wait for a bank. */
export const confirmedActions = ['credit-packs', 'top-up', 'activate-addon', 'change-plan', 'retry'] as const

const PortalFeature = z.object({
  code: z.string(),
  name: z.string(),
  type: z.enum(['boolean', 'usage', 'seats', 'quota']),
  /** Of boolean features. */
  enabled: z.boolean().optional(),
  current: quantity.optional(),
  included: quantity.optional(),
  unlimited: z.boolean().optional(),
  overageQuantity: quantity.optional(),
  /** Rate scale. */
  overageUnitPrice: rate.optional(),
  overageEnabled: z.boolean().optional(),
})

const PortalSubscription = z.object({
  id: z.string(),
  status: z.enum(subscriptionStatuses),
  plan: z.object({ name: z.string(), description: z.string().nullable(), isFree: z.boolean() }),
  consumptionModel: z.enum(['metered', 'credits', 'balance']),
  billingInterval: z.enum(billingIntervals).nullable(),
  price: amount,
  currency: z.string(),
  periodStart: day.nullable(),
  periodEnd: day.nullable(),
  /** When usage, credits and balance are counted anew. */
  resetsOn: day.nullable(),
  trialEndsOn: day.nullable(),
  nextCharge: z.object({ on: day, amount }).nullable(),
  endsOn: day.nullable(),
  endedOn: day.nullable(),
  checkoutUrl: z.string().nullable(),
  may: z.object({
    cancel: z.boolean(),
    uncancel: z.boolean(),
    retry: z.boolean(),
    reactivate: z.boolean(),
    updateMethod: z.boolean(),
    changePlan: z.boolean(),
    buy: z.boolean(),
    capSpend: z.boolean(),
    setSeats: z.boolean(),
  }),
  credits: z.object({ remaining: signedAmount, included: count, purchased: count }).nullable(),
  /** Rate scale. */
  /** `leastTotal` is what a top-up of `leastTopup` charges, with its tax. */
  balance: z.object({ remaining: signedRate, leastTopup: amount, leastTotal: amount }).nullable(),
  /** Those it has, then those it could have: `price` for a billing period, `now` and `later` for the rest of the running one. */
  addons: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      description: z.string().nullable(),
      isActive: z.boolean(),
      price: amount,
      now: amount,
      later: amount,
    }),
  ),
  /** `total` is `price` with the tax it is charged with. */
  packs: z.array(z.object({ id: z.string(), name: z.string(), credits: count, price: amount, total: amount })),
  /** What making it active again charges today, with tax; null where that cannot be done. */
  restart: z.object({ total: amount }).nullable(),
  /** Minor units: what the customer set, and what is in force. */
  spendCap: z.object({ own: amount.nullable(), inForce: amount.nullable() }),
  features: z.array(PortalFeature),
  /** The plan it changes to by itself. */
  scheduledChange: z.object({ name: z.string(), on: day }).nullable(),
})

const PortalCard = z.object({
  brand: z.string(),
  last4: z.string(),
  expMonth: z.int(),
  expYear: z.int(),
  state: z.enum(['good', 'expires_soon', 'expired']),
})

/** What a customer sees in their portal. Amounts are minor units of the currency beside them; days are UTC. */
export const Portal = z
  .object({
    object: z.literal('portal'),
    livemode,
    organisation: z.object({ name: z.string() }),
    customer: z.object({
      email: z.string(),
      newEmail: z.string().nullable().meta({ description: 'The address that waits to be confirmed.' }),
      fullName: z.string().nullable(),
      taxDocument: z.string().nullable(),
      poNumber: z.string().nullable().meta({ description: 'The purchase order on invoices to come.' }),
      address: z
        .object({
          line1: z.string(),
          line2: z.string().nullable(),
          city: z.string(),
          state: z.string().nullable(),
          postalCode: z.string(),
          country: z.string(),
        })
        .nullable(),
    }),
    returnUrl: z.string().nullable(),
    subscription: PortalSubscription.nullable(),
    paymentMethod: PortalCard.nullable(),
    otherMethods: z
      .array(PortalCard.extend({ id: z.string() }))
      .meta({ description: 'Cards that were stored before and can be charged again.' }),
    owed: z.object({ invoiceNumber: z.string(), total: amount, currency: z.string(), payUrl: z.string() }).nullable(),
    invoices: z.array(
      z.object({
        id: z.string(),
        number: z.string(),
        issuedOn: day,
        total: signedAmount,
        currency: z.string(),
        status: z.enum(invoiceStatuses),
        url: z.string(),
      }),
    ),
    confirmation: z
      .object({
        action: z
          .enum(confirmedActions)
          .meta({ description: 'What was asked for; it is done when this is confirmed.' }),
        total: amount,
        currency: z.string(),
        url: z.string(),
      })
      .nullable()
      .meta({ description: 'A charge that waits for the customer to confirm it with their bank.' }),
    withdrawals: z
      .array(z.object({ name: z.string(), lastDay: day, url: z.string() }))
      .meta({ description: 'Contracts that the customer may withdraw from until the end of `lastDay`, and where.' }),
    /** The invoice to go on from, when there are older ones. */
    olderThan: z.string().nullable(),
  })
  .meta({ id: 'Portal' })

const planAndPrice = {
  planId: z.string(),
  name: z.string(),
  billingInterval: z.enum(billingIntervals).nullable(),
  price: amount,
  currency: z.string(),
}

/** What a customer may change to, and what the one they are about to choose costs. Minor units; days are UTC. */
export const PortalPlans = z
  .object({
    object: z.literal('portal_plans'),
    livemode,
    options: z.array(
      z.object({
        ...planAndPrice,
        description: z.string().nullable(),
        isFree: z.boolean(),
        state: z.enum(['current', 'now', 'at_period_end', 'scheduled', 'too_many_seats']),
      }),
    ),
    preview: z
      .object({
        ...planAndPrice,
        isNow: z.boolean(),
        effectiveOn: day,
        credit: amount.meta({ description: 'What the unused part of the running period is worth.' }),
        total: amount.meta({ description: 'What is charged now, with tax.' }),
        nextInvoice: z.object({ on: day, amount }).nullable().meta({
          description:
            'What the first renewal on this plan will charge as things stand, with the seats that are held and add-ons; usage and tax come on top.',
        }),
      })
      .nullable(),
  })
  .meta({ id: 'PortalPlans' })

/** The seats of a plan, and what the count that a customer is about to choose bills. Amounts are minor units before tax; days are UTC. */
export const PortalSeats = z
  .object({
    object: z.literal('portal_seats'),
    livemode,
    currency: z.string().nullable(),
    billingInterval: z.enum(billingIntervals).nullable(),
    features: z.array(
      z.object({
        code: z.string(),
        name: z.string(),
        current: count,
        included: count,
        unlimited: z.boolean(),
        inPlan: z.boolean().meta({
          description:
            'False for seats of an earlier plan that this one has no more: they cost nothing and can be given back.',
        }),
        unitPrice: rate.nullable().meta({
          description: 'Rate scale, for a billing period; null where none beyond the included ones are sold.',
        }),
      }),
    ),
    preview: z
      .object({
        code: z.string(),
        name: z.string(),
        from: count,
        to: count,
        thisPeriod: z
          .object({ amount, units: count, on: day })
          .nullable()
          .meta({ description: 'What the rest of the running period costs for `units` more, billed on that day.' }),
        nextPeriod: z.object({ before: amount, after: amount, on: day }).nullable().meta({
          description: 'What seats beyond the included ones cost in advance from then on, before and after the change.',
        }),
      })
      .nullable(),
  })
  .meta({ id: 'PortalSeats' })

/** What came into credits or a balance and what went out of it, newest first. Credits are counts, a balance is rate scale. */
export const PortalHistory = z
  .object({
    object: z.literal('portal_history'),
    livemode,
    model: z.enum(['credits', 'balance']).nullable(),
    currency: z.string().nullable(),
    entries: z.array(
      z.object({
        on: day,
        kind: z.enum(ledgerKinds),
        change: signedRate,
        after: signedRate,
      }),
    ),
    olderThan: rate.nullable().meta({ description: 'The `before` of older entries, when there are any.' }),
  })
  .meta({ id: 'PortalHistory' })

/** Where an action of the portal leads to; null: it is done. */
export const PortalDone = z.object({ status: z.literal('done'), redirectUrl: z.string().nullable() })
