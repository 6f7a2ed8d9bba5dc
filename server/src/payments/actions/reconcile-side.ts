import type { Org } from '#organisations/org.ts'
import { isInFlight } from '#payments/attempt.ts'
import { listBooked } from '#payments/attempt-lists.store.ts'
import { listConnections } from '#payments/connections.store.ts'
import { type BookedCharge, type PaymentProvider, type ProviderName, ProviderUnreachable } from '#payments/provider.ts'
import { type Difference, reconcile } from '#payments/reconciliation.ts'
import { type PaymentServices, providerOf } from '#payments/services.ts'

type Services = Pick<PaymentServices, 'db' | 'providers' | 'connections' | 'machineNow'>

export type Reconciled = {
  /** A connection's name; `built-in` for the built-in processor. */
  readonly connection: string
  readonly provider: ProviderName
  /** How its books were read: its own list, or question by question about the charges that are known here. */
  readonly readAs: 'list' | 'answers'
  /** Charges in the provider's books, as far as they were read. */
  readonly compared: number
  /** How many of our charges it was asked about; null with a list. */
  readonly asked: number | null
  /** Null where it did not show its books. */
  readonly differences: readonly Difference[] | null
  /** Why it did not. */
  readonly trouble: string | null
}

/** What dLocal tells of payments. */
const askedAboutDays = 365

/**
 * Compares what a side charged with what its providers booked, each connection by itself, also removed ones. One that cannot be asked
 * has its trouble in its place.
 */
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
  const about = { connection, provider: provider.name, readAs: provider.listCharges ? 'list' : 'answers' } as const
  const since = machineNow()
  const before = await listBooked(db, org.id, provider.name, connectionId)
  const read = await booksOf(provider, org, before, since)
  if ('trouble' in read) return { ...about, compared: 0, asked: null, differences: null, trouble: read.trouble }
  const all = provider.listCharges ? await listBooked(db, org.id, provider.name, connectionId) : before
  const undecided = all.filter(
    ({ state, startedAt }) => isInFlight(state) || Temporal.Instant.compare(startedAt, since) >= 0,
  )
  const open = new Set(undecided.map(({ transaction }) => transaction))
  const couldBeThere = all.filter(({ startedAt }) => provider.listCharges || isAskedAbout(startedAt, since))
  const ours = couldBeThere.filter(({ transaction, state }) => state !== 'failed' && !open.has(transaction))
  const differences = reconcile(ours, read.books, (transaction) => open.has(transaction))
  return { ...about, compared: read.books.length, asked: read.asked, differences, trouble: null }
}

type Read = { readonly books: readonly BookedCharge[]; readonly asked: number | null } | { readonly trouble: string }

// Also about what failed here: that is what must not have been booked there.
async function booksOf(
  { listCharges, findCharges }: PaymentProvider,
  { organisationId, mode }: Org,
  ours: Awaited<ReturnType<typeof listBooked>>,
  now: Temporal.Instant,
): Promise<Read> {
  try {
    if (listCharges) return { books: await listCharges(organisationId, mode), asked: null }
    if (!findCharges) return { trouble: 'it shows no books' }
    const asked = ours
      .filter(({ state, startedAt }) => !isInFlight(state) && isAskedAbout(startedAt, now))
      .map(({ transaction }) => transaction)
    return { books: await findCharges(asked), asked: asked.length }
  } catch (error) {
    if (error instanceof ProviderUnreachable) return { trouble: error.message }
    throw error
  }
}

const isAskedAbout = (startedAt: Temporal.Instant, now: Temporal.Instant): boolean =>
  Temporal.Instant.compare(startedAt, now.subtract({ hours: 24 * askedAboutDays })) > 0
