import { type Beside, differenceOf } from '#billing/simulation/tally.ts'
import type { LineType } from '#invoicing/invoice-draft.ts'
import { invalidField } from '#problem.ts'

const largest = BigInt(Number.MAX_SAFE_INTEGER)

type Sums = Beside & { readonly byLineType: ReadonlyMap<LineType, Beside> }

/** Amounts of a draft, as far as the size of a sum can come from them. Minor units, or rate scale. */
type Amounts = {
  readonly prices: readonly { readonly price?: bigint | undefined }[]
  readonly features: readonly { readonly overage?: { readonly unitPrice?: bigint | undefined } | undefined }[]
}

/** 422 at the largest amount of a draft when it makes sums that are no whole numbers that JSON can hold. */
export function refuseTooLarge(sums: readonly Sums[], draft: Amounts): void {
  if (sums.every(fits)) return
  throw invalidField(
    largestAmount(draft),
    'Is too large: what would have been billed is no whole number that JSON can hold.',
  )
}

function fits(sums: Sums): boolean {
  return [sums, ...sums.byLineType.values()].every((one) =>
    [one.invoiced, one.simulated, differenceOf(one)].every((sum) => sum <= largest && sum >= -largest),
  )
}

function largestAmount({ prices, features }: Amounts): string {
  const amounts = [
    ...prices.map(({ price }, index) => ({ field: `plan.prices.${index}.price`, amount: price ?? 0n })),
    ...features.map(({ overage }, index) => ({
      field: `plan.features.${index}.overage.unitPrice`,
      amount: overage?.unitPrice ?? 0n,
    })),
  ]
  // Without amounts of its own it is what it includes, and the months it is billed for, that come to so much.
  const nothing = { field: 'plan', amount: 0n }
  return amounts.reduce((most, one) => (one.amount > most.amount ? one : most), nothing).field
}
