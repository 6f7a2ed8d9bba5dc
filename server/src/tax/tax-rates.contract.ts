import * as z from 'zod'
import { isCountry } from '#customers/countries.ts'
import { day, livemode, pageQuery, time } from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'
import { rateOfPercentage } from '#tax/tax-rate.ts'

const wrongPercentage = 'Must be a percentage from 0 to 100 with at most four decimals.'
const percentage = z
  .number({ error: wrongPercentage })
  .min(0, { error: wrongPercentage })
  .max(100, { error: wrongPercentage })
  .refine((value) => rateOfPercentage(value) !== undefined, { error: wrongPercentage })
  .meta({ description: 'Of what is charged, with at most four decimals: 9.975.' })

const Rate = z.object({
  name: z
    .string()
    .trim()
    .min(1, { error: 'Must not be empty.' })
    .max(50, { error: 'Must be at most 50 characters.' })
    .meta({ description: 'As it stands on invoices: VAT, GST, Sales tax.' }),
  percentage,
})

const place = {
  country: z
    .string()
    .trim()
    .toUpperCase()
    .refine(isCountry, { error: 'Must be a two-letter country code (ISO 3166-1).' })
    .meta({ description: 'ISO 3166-1 alpha-2.' }),
  region: z
    .string()
    .trim()
    .toUpperCase()
    .regex(/^[A-Z0-9]{1,3}$/, { error: 'Must be the second half of an ISO 3166-2 code, like CA of US-CA.' })
    .nullable()
    .default(null)
    .meta({ description: 'Second half of the ISO 3166-2 code; null for the whole country.' }),
}

const shownPlace = { country: z.string(), region: z.string().nullable() }

/** What is charged at a place. */
export const TaxRates = z
  .object({
    ...shownPlace,
    rates: z.array(Rate).meta({ description: 'Side by side, each on what is charged; empty: no tax.' }),
    source: z.enum(['shipped', 'own']).meta({ description: 'The data set that ships with the product, or your own.' }),
    validFrom: day.nullable().meta({ description: 'Since which UTC day; null where they always did.' }),
    dataSet: z
      .string()
      .nullable()
      .meta({ description: 'Of shipped rates the data set and its version; what is newer than that is not in it.' }),
    note: z.string().nullable().meta({ description: 'What is to be known before these rates are charged by.' }),
    object: z.literal('tax_rates'),
    livemode,
  })
  .meta({ id: 'TaxRates', description: 'The taxes of a country or of a region that has its own.' })

export const TaxRateChange = z
  .object({
    ...shownPlace,
    rates: z.array(Rate).nullable().meta({ description: 'Null: from then on the shipped ones hold again.' }),
    validFrom: day,
    createdAt: time,
    object: z.literal('tax_rate_change'),
    livemode,
  })
  .meta({ id: 'TaxRateChange', description: 'A change of your own rates. Changes are kept for good.' })

export const listTaxRates = operation({
  id: 'TaxRates.list',
  method: 'GET',
  path: '/tax-rates',
  kind: 'read',
  summary: 'List the tax rates in force, by country and region. An addition.',
  description:
    'They are charged only where the seller is registered: `tax.registrations` of `/settings`. A region that is listed has all of its taxes there; others have those of their country.',
  query: z.object({
    country: place.country.optional(),
    on: day.optional().meta({ description: 'The UTC day they hold on; today when absent.' }),
    ...pageQuery,
  }),
  data: z.array(TaxRates),
  list: true,
})

export const setTaxRates = operation({
  id: 'TaxRates.set',
  method: 'PUT',
  path: '/tax-rates',
  kind: 'write',
  summary: 'Set your own tax rates at a place, all of them at once. An addition.',
  description:
    'Hold for invoices of `validFrom` (default today) and later, until the next change; invoices that are issued keep theirs. An empty list charges none. Shipped rates that change with an update of the product leave yours alone.',
  body: z.object({ ...place, rates: z.array(Rate).max(5), validFrom: day.optional() }),
  data: TaxRateChange,
})

export const removeTaxRates = operation({
  id: 'TaxRates.remove',
  method: 'DELETE',
  path: '/tax-rates',
  kind: 'write',
  summary: 'End your own tax rates at a place: the shipped ones hold again. An addition.',
  body: z.object({ ...place, validFrom: day.optional() }),
  data: TaxRateChange,
  problems: ['not_found'],
})
