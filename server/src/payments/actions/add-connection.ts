import type { Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import type { Context } from '#organisations/org.ts'
import { type KeyRing, seal } from '#organisations/sealing.ts'
import type { Connection } from '#payments/connection.ts'
import { insertConnection, listConnections } from '#payments/connections.store.ts'
import { sealedPlace } from '#payments/connections.ts'
import { checkCredentials, publicSettings } from '#payments/credentials.ts'
import type { ProviderName } from '#payments/provider.ts'
import { type FieldProblem, invalidField, Problem } from '#problem.ts'

/** What the command line calls the processor of the sandbox, beside the names of connections. */
export const builtIn = 'built-in'

export type ConnectionInput = {
  readonly provider: ProviderName
  readonly name: string
  readonly credentials: Readonly<Record<string, unknown>>
}

/**
 * Connects a side to a provider. The first connection of a live side becomes its default; in the sandbox the built-in
 * processor stays it until told otherwise. 422 for credentials that are incomplete or of the other mode, 409 `duplicate` for
 * a name that is taken.
 */
export async function addConnection(
  tx: Tx,
  { org, now }: Pick<Context, 'org' | 'now'>,
  ring: KeyRing,
  { provider, name, credentials: given }: ConnectionInput,
): Promise<Connection> {
  if (!/^\S(.{0,38}\S)?$/.test(name) || name === builtIn)
    throw invalidField(
      'name',
      `The name must have 1 to 40 characters, and not be ${builtIn}, which is the processor of the sandbox.`,
    )
  const checked = checkCredentials(provider, org.mode, given)
  if (!checked.ok) throw refusedCredentials(checked.problems)
  const { credentials } = checked
  const id = newId('con')
  const isFirst = (await listConnections(tx, org.id)).length === 0
  const isDefault = org.livemode && isFirst
  const sealed = credentials && seal(ring, sealedPlace(org.id, id), JSON.stringify(credentials))
  const settings = publicSettings(credentials)
  const fresh = { id, provider, name, isDefault, createdAt: now, sealed, settings }
  if (!(await insertConnection(tx, org.id, fresh)))
    throw new Problem('duplicate', `There is a connection named ${name} already.`)
  return { orgId: org.id, id, provider, name, isDefault, removedAt: null, createdAt: now, countries: [] }
}

/** All that is wrong with some credentials, in one refusal. */
export function refusedCredentials(problems: readonly FieldProblem[]): Problem {
  const message = problems.map((problem) => problem.message).join(' ')
  return new Problem('validation_error', message, { details: [...problems] })
}
