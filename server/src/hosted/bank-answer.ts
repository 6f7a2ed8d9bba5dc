import type { Attempt } from '#payments/attempt.ts'
import { ProviderUnreachable } from '#payments/provider.ts'
import type { ActionAnswer, SimulatedProcessor } from '#payments/providers/simulated/processor.ts'

/** What was pressed on the page of the simulated bank. */
export function readAnswer(outcome: string | null): ActionAnswer | undefined {
  return outcome === 'approve' || outcome === 'fail' ? outcome : undefined
}

/** Tells it to the bank. One that cannot be reached has heard nothing: the step stays open and the page leads back to it. */
export async function tellBank(processor: SimulatedProcessor, attempt: Attempt, answer: ActionAnswer): Promise<void> {
  if (attempt.actionReference === null) return
  try {
    await processor.completeAction(attempt.actionReference, answer)
  } catch (error) {
    if (!(error instanceof ProviderUnreachable)) throw error
  }
}
