import { failuresUntilOff } from '#webhooks/endpoint.ts'

/** How many deliveries to an endpoint have failed for good since the last one that arrived. */
export function streakAfter(streak: number, ends: readonly ('waiting' | 'delivered' | 'failed')[]): number {
  return ends.reduce((sum, end) => (end === 'delivered' ? 0 : end === 'failed' ? sum + 1 : sum), streak)
}

/** Whether an endpoint has failed so often in a row that it is switched off. */
export function isWornOut(streak: number): boolean {
  return streak >= failuresUntilOff
}
