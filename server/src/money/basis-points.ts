import { divideRounded, divideUp } from '#money/rounding.ts'

/** Basis points in 100 %. */
export const wholeBasisPoints = 10_000n

/** A percentage of an amount, half away from zero; the amount keeps its scale. 2_000n = 20 %. Discounts and taxes. */
export function percentOf(amount: bigint, basisPoints: bigint): bigint {
  return divideRounded(amount * basisPoints, wholeBasisPoints)
}

/** A percentage of an amount, rounded up; the amount keeps its scale. The margin on AI costs. */
export function percentOfUp(amount: bigint, basisPoints: bigint): bigint {
  return divideUp(amount * basisPoints, wholeBasisPoints)
}
