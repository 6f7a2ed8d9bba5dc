import { isCountry } from '#customers/countries.ts'
import type { Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { isSealedWithCurrent, type KeyRing, seal, unseal } from '#organisations/sealing.ts'
import { findSettings } from '#organisations/settings.store.ts'
import { refusedCredentials } from '#payments/actions/add-connection.ts'
import type { Connection } from '#payments/connection.ts'
import {
  countBoundMethods,
  findSealed,
  listConnections,
  lockAllSealed,
  lockConnection,
  markRemoved,
  setDefaultConnection,
  setRoute,
  updateSealed,
} from '#payments/connections.store.ts'
import { sealedPlace } from '#payments/connections.ts'
import { checkCredentials, publicSettings } from '#payments/credentials.ts'
import { invalidField, Problem } from '#problem.ts'

type Side = Pick<Context, 'org' | 'now'>

/** The open connection with this id or name; 404 `not_found`. */
export async function requireConnection(tx: Tx, { org }: Pick<Context, 'org'>, named: string): Promise<Connection> {
  const open = await listConnections(tx, org.id)
  const known = open.find(({ id, name }) => id === named || name === named)
  const locked = known && (await lockConnection(tx, org.id, known.id))
  if (locked) return locked
  const names = open.length === 0 ? 'There is none.' : `There are: ${open.map(({ name }) => name).join(', ')}.`
  throw new Problem('not_found', `There is no payment connection ${named} in ${org.mode} mode. ${names}`)
}

/** Sends new customers of some countries to a connection, or with null to the default again. */
export async function routeCountries(
  tx: Tx,
  context: Side,
  countries: readonly string[],
  named: string | null,
): Promise<void> {
  const target = named === null ? null : (await requireConnection(tx, context, named)).id
  for (const country of countries.toSorted()) {
    if (!isCountry(country)) throw invalidField('country', `${country} is not the code of a country, such as BR.`)
    await setRoute(tx, context.org.id, country, target)
  }
}

/** Makes a connection the one for every country without a route; null: the built-in processor again. */
export async function chooseDefault(tx: Tx, context: Side, named: string | null): Promise<void> {
  const target = named === null ? null : (await requireConnection(tx, context, named)).id
  await setDefaultConnection(tx, context.org.id, target)
}

/**
 * Takes a connection out of use: no new charges, what it began is still settled. 409 `duplicate` while customers' cards are
 * stored at it, unless that is meant: those cards cannot be charged afterwards. 409 too while it calculates the side's tax.
 */
export async function removeConnection(
  tx: Tx,
  context: Side,
  named: string,
  { withMethods }: { readonly withMethods: boolean },
): Promise<{ readonly connection: Connection; readonly methods: bigint }> {
  const connection = await requireConnection(tx, context, named)
  if ((await findSettings(tx, context.org.id)).taxConnectionId === connection.id) {
    throw new Problem(
      'duplicate',
      `${connection.name} calculates the tax of this side. Choose another way first: halley organisation set --tax automatic.`,
    )
  }
  const methods = await countBoundMethods(tx, context.org.id, connection.id)
  if (methods > 0n && !withMethods) {
    throw new Problem(
      'duplicate',
      `${methods} stored ${methods === 1n ? 'card' : 'cards'} can be charged through ${connection.name} only, and nowhere else once it is removed.`,
    )
  }
  await markRemoved(tx, context.org.id, connection.id, context.now)
  return { connection, methods }
}

/** Replaces some credentials of a connection: rolled keys, or the secret of a new endpoint. The others stay. */
export async function updateCredentials(
  tx: Tx,
  context: Side,
  ring: KeyRing,
  named: string,
  given: Readonly<Record<string, unknown>>,
): Promise<Connection> {
  const { org } = context
  const connection = await requireConnection(tx, context, named)
  const found = await findSealed(tx, org.id, connection.id)
  const place = sealedPlace(org.id, connection.id)
  const stored = found?.sealed ? (JSON.parse(unseal(ring, place, found.sealed)) as Record<string, unknown>) : {}
  const checked = checkCredentials(connection.provider, org.mode, { ...stored, ...given })
  if (!checked.ok) throw refusedCredentials(checked.problems)
  if (checked.credentials) {
    const sealed = seal(ring, place, JSON.stringify(checked.credentials))
    await updateSealed(tx, connection, sealed, publicSettings(checked.credentials))
  }
  return connection
}

/** Seals everything with the ring's first key that another one sealed, of all organisations. Gives how many there were. */
export async function rekeyConnections(tx: Tx, ring: KeyRing): Promise<number> {
  const old = (await lockAllSealed(tx)).filter(({ sealed }) => sealed !== null && !isSealedWithCurrent(ring, sealed))
  for (const { orgId, id, sealed } of old) {
    const place = sealedPlace(orgId, id)
    await updateSealed(tx, { orgId, id }, seal(ring, place, unseal(ring, place, sealed ?? '')))
  }
  return old.length
}
