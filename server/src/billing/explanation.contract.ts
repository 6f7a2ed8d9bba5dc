import * as z from 'zod'
import { inputSources, inputUnits } from '#billing/explanation/inputs.ts'
import { rules } from '#billing/explanation/rules.ts'
import {
  amount,
  count,
  dayStart,
  livemode,
  quantity,
  rate,
  reference,
  signedAmount,
  time,
} from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'
import { chargeTypes, lineTypes } from '#invoicing/invoice-draft.ts'
import { windowKinds } from '#subscriptions/schedule.ts'

const ruleCodes = Object.keys(rules) as [keyof typeof rules, ...(keyof typeof rules)[]]

const Rule = z.object({
  code: z.enum(ruleCodes),
  sentence: z.string(),
  documentationUrl: z.string(),
})

const Input = z
  .object({
    name: z.string(),
    value: z.union([z.number(), z.string()]).meta({ description: 'A number in its unit; days and times as text.' }),
    unit: z.enum(inputUnits).meta({
      description: "minor: the currency's minor unit. rate: 10000 = 1.00. basis_points: 10000 = 100 %.",
    }),
    text: z.string().meta({ description: 'The value as a person writes it.' }),
    since: time.nullable().meta({ description: 'From when on it held, where that is known.' }),
    source: z.enum(inputSources).meta({ description: 'The kept rows it was read from.' }),
  })
  .meta({ id: 'InvoiceExplanationInput' })

const TokenSum = z.object({ tokens: count, cost: rate })

const Draw = z
  .object({
    featureName: z.string(),
    provider: z.string().nullable(),
    model: z.string().nullable().meta({ description: 'An AI model; null for usage with a fixed price.' }),
    events: count,
    quantity,
    cost: rate.meta({ description: 'Taken from the balance, rate scale.' }),
    tokens: z
      .object({ input: TokenSum, output: TokenSum, cacheRead: TokenSum, cacheWrite: TokenSum, marginCost: rate })
      .nullable()
      .meta({
        description: 'Tokens by kind; costs on the rate scale of US dollars, as they are kept with the events.',
      }),
  })
  .meta({ id: 'InvoiceExplanationDraw' })

const Line = z
  .object({
    position: z.int(),
    lineType: z.enum(lineTypes),
    chargeType: z.enum(chargeTypes),
    featureName: z.string().nullable(),
    description: z.string(),
    rule: Rule,
    window: z
      .object({
        number: z.int(),
        kind: z.enum(windowKinds).nullable(),
        start: dayStart,
        end: dayStart,
      })
      .nullable()
      .meta({ description: 'The consumption window the line belongs to, [start, end).' }),
    inputs: z.array(Input),
    steps: z.array(z.string()).meta({ description: 'The arithmetic, a line of text for each step.' }),
    carried: z.object({ since: time, together: amount, minimum: amount }).nullable().meta({
      description:
        'Set for a line that was put off: what was owed together then was below the minimum charge. Minor units.',
    }),
    usage: z.array(Draw).meta({ description: 'What a prepaid balance was used for, by feature and AI model.' }),
    amount: signedAmount.meta({ description: 'What the invoice says, minor units.' }),
    recomputedAmount: signedAmount.nullable().meta({
      description: 'What the inputs come to. Null when a row it would need is not kept.',
    }),
    matches: z.boolean().nullable(),
  })
  .meta({ id: 'InvoiceExplanationLine' })

const Sum = z.object({ amount: signedAmount, recomputedAmount: signedAmount.nullable() })

/** How an invoice came about, in numbers that anybody can check. */
export const InvoiceExplanation = z
  .object({
    invoiceId: z.string(),
    number: z.string(),
    currency: z.string(),
    lines: z.array(Line),
    totals: z.object({
      subtotal: Sum,
      discountAmount: Sum,
      creditApplied: Sum,
      taxAmount: Sum,
      total: Sum,
      steps: z.array(z.string()),
      matches: z.boolean().nullable(),
    }),
    matches: z.boolean().nullable().meta({
      description: 'True when every line and the totals match; null when something cannot be computed again.',
    }),
    object: z.literal('invoice_explanation'),
    livemode,
  })
  .meta({ id: 'InvoiceExplanation' })

export const explainInvoiceOperation = operation({
  id: 'Invoices.explain',
  method: 'GET',
  path: '/invoices/{id}/explain',
  kind: 'read',
  summary: 'Explain an invoice: the rule of every line, the numbers that went in, and the arithmetic.',
  description:
    'Every line is computed again from the usage, the ledger entries, the held counts and the prices it was made from. `recomputedAmount` is what they come to and `matches` whether that is what the invoice says, so that an explanation is an audit too. An addition to the published API.',
  params: z.object({ id: reference }),
  data: InvoiceExplanation,
  problems: ['invoice_not_found'],
})
