import assert from 'node:assert/strict'

/**
 * Splits an amount in proportion to weights (≥ 0) by largest remainder, the earlier of two equal remainders first.
 * The parts add up to the amount exactly, and each is within one unit of its exact share. A negative amount is split
 * like its opposite. Throws when there is something to split and no positive weight to carry it.
 */
export function allocate(amount: bigint, weights: readonly bigint[]): bigint[] {
  assert(
    weights.every((weight) => weight >= 0n),
    'weights must not be negative',
  )
  const total = weights.reduce((all, weight) => all + weight, 0n)
  if (total === 0n) {
    assert(amount === 0n, 'an amount needs a positive weight to be split by')
    return weights.map(() => 0n)
  }
  const size = amount < 0n ? -amount : amount
  const parts = splitByLargestRemainder(size, weights, total)
  return amount < 0n ? parts.map((part) => -part) : parts
}

function splitByLargestRemainder(size: bigint, weights: readonly bigint[], total: bigint): bigint[] {
  const parts = weights.map((weight) => (size * weight) / total)
  const missing = size - parts.reduce((all, part) => all + part, 0n)
  const lucky = weights
    .map((weight, index) => ({ index, remainder: (size * weight) % total }))
    .sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1))
    .slice(0, Number(missing))
  const raised = new Set(lucky.map(({ index }) => index))
  return parts.map((part, index) => (raised.has(index) ? part + 1n : part))
}
