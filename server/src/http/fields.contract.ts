import * as z from 'zod'
import { parseCurrency } from '#money/currency.ts'
import { parseQuantity, quantityToNumber } from '#money/quantity.ts'
import { startInstant, utcDay } from '#time/period.ts'

/** The largest integer that survives JSON: amounts on the wire stay within ±(2^53−1). */
const largest = Number.MAX_SAFE_INTEGER

function instantToText(instant: Temporal.Instant): string {
  return instant.toString({ smallestUnit: 'millisecond', roundingMode: 'floor' })
}

function parseInstant(text: string): Temporal.Instant | undefined {
  try {
    return Temporal.Instant.from(text)
  } catch {
    return undefined
  }
}

/** ISO 8601 with a zone on the wire (answers: UTC, milliseconds, `Z`), an Instant inside. */
export const time = z.codec(
  z.iso.datetime({ offset: true, error: 'Must be an ISO 8601 time with a zone, such as 2026-07-11T09:30:00Z.' }),
  z.instanceof(Temporal.Instant),
  {
    decode: (text, context) => {
      const instant = parseInstant(text)
      if (instant) return instant
      context.issues.push({ code: 'custom', input: text, message: 'Must be an ISO 8601 time that exists.' })
      return z.NEVER
    },
    encode: instantToText,
  },
)

/** A UTC day, on the wire as 2027-01-31. */
export const day = z.codec(z.iso.date(), z.instanceof(Temporal.PlainDate), {
  decode: (text) => Temporal.PlainDate.from(text),
  encode: (date) => date.toString(),
})

/** A UTC day inside; on the wire the instant it begins at. */
export const dayStart = z.codec(z.iso.datetime(), z.instanceof(Temporal.PlainDate), {
  decode: (text) => utcDay(Temporal.Instant.from(text)),
  encode: (day) => instantToText(startInstant(day)),
})

/** A whole number on the wire, a BigInt inside: amounts in minor units, rates (10,000 = one unit), counts. */
const wholeNumber = (low: number, error: string) =>
  z.codec(z.int({ error }).min(low, { error }).max(largest, { error }), z.bigint(), {
    decode: (value) => BigInt(value),
    encode: (value) => {
      const number = Number(value)
      if (!Number.isSafeInteger(number)) throw new RangeError(`${value} does not fit a JSON number`)
      return number
    },
  })

/** Settlement scale: integer minor units of the currency, negative allowed. */
export const signedAmount = wholeNumber(-largest, 'Must be a whole number of minor units.')
/** Settlement scale: integer minor units of the currency, ≥ 0. */
export const amount = wholeNumber(0, 'Must be a whole number of minor units, 0 or more.')
/** Rate scale: 10,000 = one major unit, ≥ 0. */
export const rate = wholeNumber(0, 'Must be a whole number on the rate scale (10000 = 1.00), 0 or more.')
/** Rate scale, negative allowed (a balance in overdraft). */
export const signedRate = wholeNumber(-largest, 'Must be a whole number on the rate scale (10000 = 1.00).')
/** A count of something indivisible, ≥ 0. */
export const count = wholeNumber(0, 'Must be a whole number, 0 or more.')
/** Basis points: 10,000 = 100 %. */
export const basisPoints = wholeNumber(0, 'Must be whole basis points (10000 = 100 %), 0 or more.')

/** An amount of usage: up to 6 decimals on the wire, millionths inside. */
export const quantity = z.codec(z.number({ error: 'Must be a number.' }), z.bigint(), {
  decode: (value, context) => {
    const parsed = parseQuantity(value)
    if (parsed !== undefined) return parsed
    context.issues.push({ code: 'custom', input: value, message: 'Must be a number with at most 6 decimals.' })
    return z.NEVER
  },
  encode: quantityToNumber,
})

/** Usage that is given: ≥ 0 and at most 10^12. */
export const usageQuantity = quantity.refine((value) => value >= 0n && value <= 1_000_000_000_000_000_000n, {
  error: 'Must be between 0 and 1000000000000.',
})

/** A currency code, any case in, lower case out. */
export const currencyCode = z
  .string()
  .refine((code) => parseCurrency(code) !== undefined, { error: 'Must be an ISO 4217 currency code.' })
  .overwrite((code) => code.toLowerCase())

export const name = z
  .string()
  .trim()
  .min(1, { error: 'Must not be empty.' })
  .max(200, { error: 'Must be at most 200 characters.' })
export const description = z.string().max(1000, { error: 'Must be at most 1000 characters.' })
/** Codes of features and plans. */
export const code = z
  .string()
  .regex(/^[a-z0-9_]{1,100}$/, { error: 'Must be 1 to 100 lower-case letters, digits or underscores.' })
export const webAddress = z.url({ protocol: /^https?$/, error: 'Must be an http or https address.' }).max(2000)

/** Up to 50 keys of up to 40 characters; each value at most 500 characters as JSON. */
export const metadata = z
  .record(z.string(), z.unknown())
  .refine((value) => Object.keys(value).length <= 50, { error: 'Must have at most 50 keys.' })
  .refine((value) => Object.keys(value).every((key) => key.length >= 1 && key.length <= 40), {
    error: 'Keys must be 1 to 40 characters.',
  })
  .refine((value) => Object.values(value).every((entry) => (JSON.stringify(entry) ?? '').length <= 500), {
    error: 'Each value must be at most 500 characters as JSON.',
  })

/** An id or own id in a path, query or body: existence is decided later, as a 404. */
export const reference = z
  .string()
  .min(1, { error: 'Must not be empty.' })
  .max(200, { error: 'Must be at most 200 characters.' })

/** Query parameters of a paged list. */
export const pageQuery = {
  limit: z.coerce
    .number({ error: 'Must be a number.' })
    .int({ error: 'Must be a whole number.' })
    .min(1, { error: 'Must be at least 1.' })
    .max(100, { error: 'Must be at most 100.' })
    .default(25),
  cursor: z.string().max(1000).optional(),
}

export const livemode = z.boolean().meta({ description: 'True in live mode, false in sandbox.' })

/** What a deletion answers. */
export const DeletedObject = z
  .object({ id: z.string(), deleted: z.literal(true), object: z.string(), livemode })
  .meta({ id: 'DeletedObject' })
