import * as z from 'zod'
import { maxDurationCycles } from '#catalogue/plan-price.ts'
import { byPrice } from '#catalogue/plan-prices.contract.ts'
import { byPlan, discountType } from '#catalogue/plans.contract.ts'
import { regionalCurrencies } from '#catalogue/region.ts'
import { amount, count, livemode, rate, reference } from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'
import { parseExchangeRate } from '#money/exchange.ts'

const regionalCurrency = z
  .string()
  .overwrite((code) => code.toLowerCase())
  .pipe(z.enum(regionalCurrencies, { error: `Must be one of ${regionalCurrencies.join(', ')}.` }))
  .meta({ description: '`usd`: what customers in the United States pay, instead of the canonical dollars.' })

const mostUnits = 1_000_000
const rateError = `Must be a number above 0 and at most ${mostUnits}, with at most 12 decimals.`
const exchangeRate = z
  .number({ error: rateError })
  .max(mostUnits, { error: rateError })
  .refine((value) => parseExchangeRate(value) !== undefined, { error: rateError })
  .meta({ description: 'How many units of the currency one US dollar is; for `usd` a multiplier.' })

const priceId = reference.meta({ description: 'Public id of a price of the plan.' })

export const PlanRegionalPricingResult = z
  .object({
    planId: z.string(),
    currency: z.string(),
    exchangeRate: z.number(),
    pricesConfigured: z.int().meta({ description: 'Prices that have an amount in this currency.' }),
    featuresConfigured: z.int().meta({ description: 'Features that have a unit price in this currency.' }),
    object: z.literal('plan'),
    livemode,
  })
  .meta({ id: 'PlanRegionalPricingResult' })

const Override = z.object({
  currency: z.string(),
  price: amount.meta({ description: 'Minor units of the currency.' }),
  includedBalance: rate.optional().meta({ description: 'Rate scale, per consumption window.' }),
})

export const PlanRegionalPricing = z
  .object({ priceId: z.string(), overrides: z.array(Override), object: z.literal('plan'), livemode })
  .meta({ id: 'PlanRegionalPricing', description: 'Everything that was given by hand for a price.' })

export const DeletedPlanRegionalPricing = z
  .object({ deleted: z.literal(true), object: z.literal('plan'), livemode })
  .meta({ id: 'DeletedPlanRegionalPricing' })

export const setRegionalPricing = operation({
  id: 'Plans.setRegionalPricing',
  method: 'PUT',
  path: '/plans/{id}/regional',
  kind: 'write',
  summary: 'Set what a plan costs in a currency.',
  description:
    'Every price, included balance, unit price and intro amount is derived from USD at the exchange rate and follows it, except those given here: they are kept as they are. What an earlier request gave for this currency is replaced as a whole. Customers get lower unit prices and larger balances now, the rest with their next window.',
  params: z.object(byPlan),
  body: z.object({
    currency: regionalCurrency,
    exchangeRate,
    prices: z
      .array(z.object({ priceId, price: amount, includedBalance: rate.optional() }))
      .max(1000)
      .default([]),
    features: z
      .array(
        z.object({
          featureId: reference.meta({ description: 'Public id or code of a feature of the plan.' }),
          overageUnitPrice: rate,
        }),
      )
      .max(1000)
      .default([]),
    introOffers: z
      .array(
        z.object({
          priceId,
          discountType,
          discountValue: count.meta({ description: 'Basis points, or minor units of the currency.' }),
          durationCycles: z
            .int({ error: 'Must be a whole number of billing periods.' })
            .min(1, { error: 'Must be 1 or more, or null for an offer without end.' })
            .max(maxDurationCycles, { error: `Must be at most ${maxDurationCycles}.` })
            .nullable()
            .default(null),
        }),
      )
      .max(1000)
      .default([]),
  }),
  data: PlanRegionalPricingResult,
  problems: ['plan_not_found', 'price_not_found', 'feature_not_found'],
})

export const setRegionalPrices = operation({
  id: 'Plans.setRegionalPrices',
  method: 'PUT',
  path: '/plans/{id}/prices/{priceId}/regional',
  kind: 'write',
  summary: 'Set one price of a plan by hand in some currencies.',
  description:
    'Replaces what was given for the currencies that are named; others stay. A balance that is left out is derived where the plan has an exchange rate.',
  params: z.object(byPrice),
  body: z.object({
    overrides: z
      .array(z.object({ currency: regionalCurrency, price: amount, includedBalance: rate.optional() }))
      .min(1, { error: 'Name at least one currency.' })
      .max(regionalCurrencies.length),
  }),
  data: PlanRegionalPricing,
  problems: ['plan_not_found', 'price_not_found'],
})

export const deleteRegionalPrices = operation({
  id: 'Plans.deleteRegionalPrices',
  method: 'DELETE',
  path: '/plans/{id}/prices/{priceId}/regional',
  kind: 'write',
  summary: 'Remove everything that was given by hand for a price in other currencies.',
  description:
    'Where the plan has an exchange rate the price is derived from USD again. Where it has none, the price is not sold in that currency any more: refused while live subscriptions pay it.',
  params: z.object(byPrice),
  data: DeletedPlanRegionalPricing,
  problems: ['plan_not_found', 'price_not_found', 'price_in_use'],
})
