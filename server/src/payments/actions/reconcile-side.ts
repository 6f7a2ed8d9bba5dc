import type { Org } from '#organisations/org.ts'
import { isInFlight } from '#payments/attempt.ts'
import { listBooked } from '#payments/attempts.store.ts'
import { listConnections } from '#payments/connections.store.ts'
import type { PaymentProvider } from '#payments/provider.ts'
import { type Difference, reconcile } from '#payments/reconciliation.ts'
import { type PaymentServices, providerOf } from '#payments/services.ts'

type Services = Pick<PaymentServices, 'db' | 'providers' | 'connections' | 'machineNow'>

export type Reconciled = {
  /** A connection's name; `built-in` for the built-in processor. */
  readonly connection: string
  readonly compared: number
  /** Null where the provider cannot be asked for its books. */
  readonly differences: readonly Difference[] | null
}

/** Compares what a side charged with what its providers booked, each connection by itself. What providers throw comes out. */
export async function reconcileSide(services: Services, org: Org): Promise<Reconciled[]> {
  const { providers } = services
  const known = await listConnections(services.db, org.id, { withRemoved: true })
  const reconciled: Reconciled[] = []
  // The built-in processor has one set of books, connected or not.
  if (providers.commet) reconciled.push(await compare(services, org, providers.commet, 'built-in', null))
  for (const { id, name, provider } of known) {
    const opened =
      provider === 'commet' ? undefined : await providerOf(services, org.id, { provider, connectionId: id })
    if (opened) reconciled.push(await compare(services, org, opened, name, id))
  }
  return reconciled
}

// What began after the first look is left to the next run: one side may have it and the other not yet.
async function compare(
  { db, machineNow }: Services,
  org: Org,
  provider: PaymentProvider,
  connection: string,
  connectionId: string | null,
): Promise<Reconciled> {
  if (!provider.listCharges) return { connection, compared: 0, differences: null }
  const since = machineNow()
  const theirs = await provider.listCharges(org.organisationId, org.mode)
  const all = await listBooked(db, org.id, provider.name, connectionId)
  const undecided = all.filter(
    ({ state, startedAt }) => isInFlight(state) || Temporal.Instant.compare(startedAt, since) >= 0,
  )
  const open = new Set(undecided.map(({ transaction }) => transaction))
  const ours = all.filter(({ transaction, state }) => state !== 'failed' && !open.has(transaction))
  const differences = reconcile(ours, theirs, (transaction) => open.has(transaction))
  return { connection, compared: theirs.length, differences }
}
