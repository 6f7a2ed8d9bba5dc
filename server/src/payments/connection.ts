import type { Mode } from '#organisations/org.ts'
import { type ProviderName, taxingProviders } from '#payments/provider.ts'

/** An account of an organisation's side at a payment provider. Its credentials stay in the store. */
export type Connection = {
  readonly orgId: string
  readonly id: string
  readonly provider: ProviderName
  readonly name: string
  readonly isDefault: boolean
  readonly removedAt: Temporal.Instant | null
  readonly createdAt: Temporal.Instant
  /** ISO 3166-1 in upper case: customers of these countries pay here. */
  readonly countries: readonly string[]
}

/** Where a charge goes: a connection, or with null the built-in processor. */
export type PaymentRoute = { readonly provider: ProviderName; readonly connectionId: string | null }

/** What is known of a payment that is about to be routed. */
export type RouteWish = {
  readonly mode: Mode
  /** The provider that was asked for by name. */
  readonly provider: ProviderName | undefined
  /** Of the customer's address, in upper case; null when unknown. */
  readonly country: string | null
}

const builtIn: PaymentRoute = { provider: 'commet', connectionId: null }

/**
 * Where a new customer pays. A country's route comes first, then the default, and the built-in processor where neither is
 * set. With a provider asked for, only its connections count: the country's, the default, the oldest. Undefined: the provider
 * asked for is not connected.
 */
export function chooseRoute(connections: readonly Connection[], wish: RouteWish): PaymentRoute | undefined {
  const open = connections.filter(
    ({ removedAt, provider }) => removedAt === null && (wish.provider === undefined || provider === wish.provider),
  )
  const { country } = wish
  const chosen =
    open.find(({ countries }) => country !== null && countries.includes(country)) ??
    open.find(({ isDefault }) => isDefault) ??
    (wish.provider === undefined ? undefined : open[0])
  if (chosen) return { provider: chosen.provider, connectionId: chosen.id }
  if (wish.provider === undefined) return builtIn
  return wish.provider === 'commet' && wish.mode === 'sandbox' ? builtIn : undefined
}

/**
 * Whose tax service calculates for a side: that of the connection named by id or name, else of the default one, else of the oldest that
 * has one. Undefined: none is connected, or not under that name.
 */
export function chooseTaxConnection(connections: readonly Connection[], named: string | null): Connection | undefined {
  const able = connections.filter(({ removedAt, provider }) => removedAt === null && taxingProviders.includes(provider))
  if (named !== null) return able.find(({ id, name }) => id === named || name === named)
  return able.find(({ isDefault }) => isDefault) ?? able[0]
}
