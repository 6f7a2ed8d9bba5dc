import { CannotUnseal } from '#organisations/sealing.ts'
import { type PreviousSecret, stillHolding } from '#webhooks/endpoint.ts'
import type { Secrets } from '#webhooks/signing.ts'

type Sealed = {
  readonly id: string
  readonly secret: string
  readonly previousSecrets: readonly PreviousSecret[]
}

/**
 * The secrets an endpoint's messages are signed with at a moment of real time. Throws CannotUnseal when the server lacks the key of
 * the current one. A previous one that does not open is left out: a rotation helps where a key was lost.
 */
export function secretsOf(
  { id, secret, previousSecrets }: Sealed,
  open: (endpointId: string, sealed: string) => string,
  at: Temporal.Instant,
): Secrets {
  return {
    current: open(id, secret),
    previous: stillHolding(previousSecrets, at).flatMap(
      ({ secret: before }) => openOrNull(() => open(id, before)) ?? [],
    ),
  }
}

function openOrNull(open: () => string): string | null {
  try {
    return open()
  } catch (error) {
    if (error instanceof CannotUnseal) return null
    throw error
  }
}

/** What an attempt says that could not be made because its message could not be. */
export function unsentReason(error: unknown): string {
  return error instanceof CannotUnseal
    ? `The message could not be signed. ${error.message}`
    : 'the message could not be made'
}
