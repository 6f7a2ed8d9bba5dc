import * as z from 'zod'
import { isCountry, isWithoutPostalCodes } from '#customers/countries.ts'

// What customers type on hosted pages. Each says what to type there: a customer reads it beside the field.

export const tooLong = { error: 'This is too long.' }
export const required = (what: string) =>
  z
    .string({ error: `Enter ${what}.` })
    .trim()
    .min(1, { error: `Enter ${what}.` })
    .max(200, tooLong)
export const typed = z.string({ error: 'Enter text.' }).trim().max(200, tooLong)
/** Empty and absent are the same: none. */
export const optional = typed.nullish().transform((text) => text || null)
export const country = z
  .string({ error: 'Choose a country.' })
  .trim()
  .toUpperCase()
  .refine(isCountry, { error: 'Choose a country.' })
export const taxDocument = typed.max(100, tooLong)

/** A billing address; postal codes only where there are any. */
export const typedAddress = z
  .object(
    {
      country,
      line1: required('your address'),
      line2: optional,
      city: required('your city'),
      postalCode: z.string({ error: 'Enter your postal code.' }).trim().max(20, tooLong).default(''),
      state: optional,
    },
    { error: 'Enter your billing address.' },
  )
  .refine(({ country, postalCode }) => postalCode !== '' || isWithoutPostalCodes(country), {
    path: ['postalCode'],
    error: 'Enter your postal code.',
  })
