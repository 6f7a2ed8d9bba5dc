import type { Held, MovementKind } from '#metering/ledger-movements.ts'
import type { ExchangeRate } from '#money/exchange.ts'
import type { Quantity } from '#money/quantity.ts'
import type { Rate } from '#money/rate.ts'

/** An entry of a ledger as it was written. `use` is what consumption was for. */
export type PastEntry = Held & {
  readonly kind: MovementKind | 'consumption'
  readonly reason: string | null
  readonly after: Held
  readonly use: PastUse | null
}

/** `tokens`: what the tokens of an AI model cost before the margin, in dollars, and what a dollar was. */
export type PastUse = {
  readonly featureId: string
  readonly quantity: Quantity
  readonly tokens: { readonly subtotal: Rate; readonly exchangeRate: ExchangeRate | null } | null
}

/** A change of a held count as it is kept. */
export type PastChange = {
  readonly number: bigint
  readonly action: 'initial' | 'add' | 'set' | 'remove'
  readonly current: bigint
  readonly countsOn: Temporal.PlainDate
  /** The window it was made in; null where an older version wrote it. */
  readonly windowNumber: number | null
  readonly createdAt: Temporal.Instant
}
