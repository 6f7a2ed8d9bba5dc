import assert from 'node:assert/strict'

/** The one rounding of a line: to the nearest whole, half away from zero (7/2 → 4, −7/2 → −4). */
export function divideRounded(numerator: bigint, denominator: bigint): bigint {
  assert(denominator > 0n, 'denominator must be positive')
  const size = numerator < 0n ? -numerator : numerator
  const rounded = (2n * size + denominator) / (2n * denominator)
  return numerator < 0n ? -rounded : rounded
}

/** Rounds towards +infinity (7/2 → 4, −7/2 → −3): what is deducted from a balance or from credits rounds up. */
export function divideUp(numerator: bigint, denominator: bigint): bigint {
  assert(denominator > 0n, 'denominator must be positive')
  const truncated = numerator / denominator
  return numerator > 0n && numerator % denominator !== 0n ? truncated + 1n : truncated
}
