import type { Db } from '#database/transaction.ts'
import type { Mode } from '#organisations/org.ts'
import { type KeyRing, unseal } from '#organisations/sealing.ts'
import { findSealed } from '#payments/connections.store.ts'
import type { Credentials, DlocalCredentials, StripeCredentials } from '#payments/credentials.ts'
import type { PaymentProvider } from '#payments/provider.ts'
import type { Connections } from '#payments/services.ts'

/** Whose connection a provider is built for. */
export type ConnectionPlace = {
  readonly orgId: string
  readonly id: string
  readonly organisationId: string
  readonly mode: Mode
}

/** How the providers are built from credentials. */
export type ProviderFactories = {
  readonly stripe: (credentials: StripeCredentials, place: ConnectionPlace) => PaymentProvider
  readonly dlocal: (credentials: DlocalCredentials, place: ConnectionPlace) => PaymentProvider
  /** The built-in processor on a side that connected it. */
  readonly commet: (place: ConnectionPlace) => PaymentProvider
}

/** The place that a connection's credentials are sealed for. */
export const sealedPlace = (orgId: string, id: string): string => `payment_connection/${orgId}/${id}`

/** The credentials of a connection; undefined for one without any, or when there is no such one. */
export async function readCredentials(
  db: Db,
  ring: KeyRing,
  orgId: string,
  id: string,
): Promise<Credentials | undefined> {
  const found = await findSealed(db, orgId, id)
  if (!found?.sealed) return undefined
  return JSON.parse(unseal(ring, sealedPlace(orgId, id), found.sealed)) as Credentials
}

/**
 * Opens connections: one read by primary key each time, so that a removed or changed one is noticed on every process at
 * once; clients are kept while the sealed credentials stay the same. A removed connection answers questions about what it
 * began and takes nothing new (`modes` is empty).
 */
export function openConnections(
  db: Db,
  ring: KeyRing,
  factories: ProviderFactories,
  sideOf: (orgId: string) => Promise<Pick<ConnectionPlace, 'organisationId' | 'mode'> | undefined>,
): Connections {
  const kept = new Map<string, { sealed: string | null; provider: PaymentProvider }>()
  return {
    async open(orgId, id) {
      const found = await findSealed(db, orgId, id)
      if (!found) return undefined
      const known = kept.get(id)
      let provider = known && known.sealed === found.sealed ? known.provider : undefined
      if (!provider) {
        const side = await sideOf(orgId)
        if (!side) return undefined
        const place = { orgId, id, organisationId: side.organisationId, mode: side.mode }
        provider = found.sealed === null ? factories.commet(place) : connected(ring, factories, place, found.sealed)
        kept.set(id, { sealed: found.sealed, provider })
      }
      return found.isRemoved ? { ...provider, modes: [] } : provider
    },
  }
}

function connected(
  ring: KeyRing,
  factories: ProviderFactories,
  place: ConnectionPlace,
  sealed: string,
): PaymentProvider {
  const credentials = JSON.parse(unseal(ring, sealedPlace(place.orgId, place.id), sealed)) as Credentials
  switch (credentials.provider) {
    case 'stripe':
      return factories.stripe(credentials, place)
    case 'dlocal':
      return factories.dlocal(credentials, place)
    default:
      return credentials satisfies never
  }
}
