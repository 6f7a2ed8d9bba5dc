import type { SecretBox } from '#webhooks/secret-box.ts'
import type { Sender } from '#webhooks/sender.ts'

/** What webhooks need from the composition root. */
export type WebhookServices = {
  readonly secrets: SecretBox
  readonly sender: Sender
  readonly machineNow: () => Temporal.Instant
  /** The known version that a well-formed date means; refuses anything else with a 422. */
  readonly resolveVersion: (date: string) => string
}
