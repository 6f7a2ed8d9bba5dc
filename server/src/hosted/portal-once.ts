import * as z from 'zod'
import type { OpenedPortal, PortalServices } from '#hosted/portal-access.ts'
import { PriceNotShown, PriceRisen } from '#hosted/portal-prices.ts'
import { completeStaged, type RequestKey, reserveStaged, type StoredAnswer } from '#http/idempotency.ts'
import { RateLimited } from '#http/rate-limit.ts'
import { isProblemCode, Problem, type ProblemCode } from '#problem.ts'

/** The page an action leads to; null: back to the portal. */
export type LeadsTo = string | null

/**
 * Runs an action of a portal once per key: whoever presses the button again, or whose browser sends the form again, gets what came of
 * the first press, also when that was a refusal. `work` is given the key as one of this portal. Refusals that only say "not yet" are
 * not kept.
 */
export async function actOnce(
  services: PortalServices,
  { context: { org }, id }: OpenedPortal,
  given: RequestKey | null,
  work: (own: RequestKey | null) => Promise<LeadsTo>,
): Promise<LeadsTo> {
  if (!given) return work(null)
  // No header has a "›": a key of the portal is never one that a caller of the API could send.
  const own = { ...given, key: `${id}›${given.key}` }
  const pressed = { ...own, key: `${own.key}›pressed` }
  const stored = await reserveStaged(services.db, org.id, pressed, services.machineNow)
  if (stored) return repeat(stored)
  const end = (answer: StoredAnswer | null) => completeStaged(services.db, org.id, pressed, answer)
  try {
    const leadsTo = await work(own)
    await end({ status: 200, body: JSON.stringify({ leadsTo }) })
    return leadsTo
  } catch (error) {
    await end(error instanceof Problem && isFinal(error) ? refusalOf(error) : null)
    throw error
  }
}

function isFinal(problem: Problem): boolean {
  const isPassing = problem instanceof RateLimited || problem instanceof PriceRisen || problem instanceof PriceNotShown
  return problem.status < 500 && problem.code !== 'charge_in_progress' && !isPassing
}

function refusalOf({ status, code, message, details }: Problem): StoredAnswer {
  return { status, body: JSON.stringify({ refused: { code, message, details } }) }
}

const Kept = z.union([
  z.object({ leadsTo: z.string().nullable() }),
  z.object({
    refused: z.object({
      code: z.custom<ProblemCode>((code) => typeof code === 'string' && isProblemCode(code)),
      message: z.string(),
      details: z.unknown().optional(),
    }),
  }),
])

function repeat({ body }: StoredAnswer): LeadsTo {
  const kept = Kept.parse(JSON.parse(body))
  if ('leadsTo' in kept) return kept.leadsTo
  const { code, message, details } = kept.refused
  throw new Problem(code, message, { details })
}
