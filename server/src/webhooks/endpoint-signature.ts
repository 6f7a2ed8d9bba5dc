import type { Secrets } from '#webhooks/signing.ts'

type Sealed = {
  readonly id: string
  readonly secret: string
  readonly previousSecret: string | null
  readonly previousSecretUntil: Temporal.Instant | null
}

/** The secrets an endpoint's messages are signed with at a moment of real time. */
export function secretsOf(
  { id, secret, previousSecret, previousSecretUntil }: Sealed,
  open: (endpointId: string, sealed: string) => string,
  at: Temporal.Instant,
): Secrets {
  const overlaps = previousSecretUntil !== null && Temporal.Instant.compare(at, previousSecretUntil) < 0
  return {
    current: open(id, secret),
    previous: overlaps && previousSecret !== null ? open(id, previousSecret) : null,
  }
}
