import { failuresUntilOff } from '#webhooks/endpoint.ts'

/**
 * How many deliveries to an endpoint have failed for good since the last one that arrived. It stays when that was too often:
 * what arrived in the same moment does not save the endpoint.
 */
export function streakAfter(streak: number, ends: readonly ('waiting' | 'delivered' | 'failed')[]): number {
  return ends.reduce((sum, end) => {
    if (end === 'waiting' || isWornOut(sum)) return sum
    return end === 'failed' ? sum + 1 : 0
  }, streak)
}

/** Whether an endpoint has failed so often in a row that it is switched off. */
export function isWornOut(streak: number): boolean {
  return streak >= failuresUntilOff
}
