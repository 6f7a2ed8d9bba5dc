import assert from 'node:assert/strict'
import type { World } from './world.ts'

export type ExplainedInput = {
  name: string
  value: number | string
  text: string
  since: string | null
  source: string
}
export type ExplainedLine = {
  lineType: string
  chargeType: string
  rule: { code: string; sentence: string; documentationUrl: string }
  window: { number: number; kind: string | null; start: string; end: string } | null
  inputs: ExplainedInput[]
  steps: string[]
  carried: { since: string; together: number; minimum: number } | null
  usage: Record<string, unknown>[]
  amount: number
  recomputedAmount: number | null
  matches: boolean | null
}
export type Explanation = {
  number: string
  lines: ExplainedLine[]
  totals: { total: { amount: number; recomputedAmount: number | null }; steps: string[]; matches: boolean | null }
  matches: boolean | null
}

/** What explains an invoice. */
export async function explain({ request }: Pick<World, 'request'>, invoiceId: string): Promise<Explanation> {
  const { status, body } = await request('GET', `/api/v1/invoices/${invoiceId}/explain`)
  assert.equal(status, 200, JSON.stringify(body))
  return body.data
}

/** The explanations of all invoices of a customer, in the order of their numbers. */
export async function explanationsOf(world: Pick<World, 'request'>, customer: string): Promise<Explanation[]> {
  const { body } = await world.request('GET', `/api/v1/invoices?customerId=${customer}&limit=100`)
  const invoices = body.data as { id: string; invoiceNumber: string }[]
  invoices.sort((a, b) => a.invoiceNumber.localeCompare(b.invoiceNumber))
  const explained: Explanation[] = []
  for (const { id } of invoices) explained.push(await explain(world, id))
  return explained
}

/** The explanation of a customer's last invoice. */
export async function explanationOf(world: Pick<World, 'request'>, customer: string): Promise<Explanation> {
  const last = (await explanationsOf(world, customer)).at(-1)
  assert(last, `${customer} has an invoice`)
  return last
}

/** A line in a few words: rule, the last step, whether it matches. */
export const told = ({ rule, steps, matches }: ExplainedLine): string => `${rule.code}: ${steps.at(-1)} (${matches})`

/** The numbers of a line, each with its day and where it is from. */
export const numbersIn = ({ inputs }: ExplainedLine): string[] =>
  inputs.map(
    ({ name, text, since, source }) => `${name} ${text}${since ? ` since ${since.slice(0, 10)}` : ''} from ${source}`,
  )
