import * as z from 'zod'
import { isCountry } from '#customers/countries.ts'
import { ownIdProblem, timezones } from '#customers/customer.ts'
import { metadata, name } from '#http/fields.contract.ts'

/** An id that the integrator gives. */
export const ownId = z
  .string()
  .superRefine((value, context) => {
    const message = ownIdProblem(value)
    if (message !== undefined) context.addIssue({ code: 'custom', message, input: value })
  })
  .meta({ description: 'Your own id for the customer: 1 to 200 characters without / ? # %.' })

const line = z.string().trim().max(200, { error: 'Must be at most 200 characters.' })
const requiredLine = line.min(1, { error: 'Must not be empty.' })
const optionalLine = line.nullish().transform((text) => text || null)

/** A billing address as it is given. */
export const AddressInput = z.object({
  line1: requiredLine,
  line2: optionalLine,
  city: requiredLine,
  state: optionalLine,
  postalCode: z
    .string()
    .trim()
    .max(20, { error: 'Must be at most 20 characters.' })
    .meta({ description: 'Empty where the country has none.' }),
  country: z
    .string()
    .trim()
    .toUpperCase()
    .refine(isCountry, { error: 'Must be a two-letter country code (ISO 3166-1).' })
    .meta({ description: 'ISO 3166-1 alpha-2, in any case.' }),
  region: optionalLine,
})

const email = z
  .email({ error: 'Must be a valid email address.' })
  .max(254, { error: 'Must be at most 254 characters.' })

const note = (most: number) =>
  z
    .string()
    .trim()
    .min(1, { error: 'Must not be empty.' })
    .max(most, { error: `Must be at most ${most} characters.` })
    .nullable()
    .optional()

/** What a customer can be given at any time. `null` clears. */
export const customerFields = {
  email,
  fullName: name.nullable().optional(),
  taxDocument: note(100).meta({
    description:
      'Tax number. Its kind is told from the country of the address, and its check digits have to be right there.',
  }),
  taxExemption: note(200).meta({
    description: 'Why this customer pays no tax, printed on invoices: they get none from then on. An addition.',
  }),
  poNumber: note(100).meta({
    description:
      'A purchase order for every invoice to come: each copies it when it becomes final, unless it was given one of its own. An addition.',
  }),
  timezone: z.enum(timezones).nullable().optional().meta({ description: 'For display; billing runs in UTC.' }),
  metadata: metadata.nullable().optional().meta({ description: 'Replaced as a whole.' }),
  address: AddressInput.optional(),
}
