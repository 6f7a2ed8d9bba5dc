import type { Rate } from '#money/rate.ts'

/** One kind of token of an event: how many, the price of a million of them (rate scale), and what they cost (rounded up). */
export type TokenPart = { readonly tokens: number; readonly price: Rate; readonly cost: Rate }

/** What the tokens of one event cost, part by part, as it is kept with the event. Costs are rate scale, of US dollars. */
export type TokenCost = {
  readonly provider: string
  readonly model: string
  readonly input: TokenPart
  readonly output: TokenPart
  readonly cacheRead: TokenPart
  readonly cacheWrite: TokenPart
  /** Basis points on the subtotal, and what they come to. */
  readonly margin: { readonly basisPoints: bigint; readonly cost: Rate }
  /** Subtotal and margin. */
  readonly total: Rate
}
