import { exitCodes, type Outcome, type Terminal } from '#cli/command.ts'
import { inTransaction } from '#database/transaction.ts'
import type { Org } from '#organisations/org.ts'
import { requireConnection } from '#payments/actions/change-connections.ts'
import type { Connection } from '#payments/connection.ts'
import { listConnections } from '#payments/connections.store.ts'
import { ProviderUnreachable } from '#payments/provider.ts'
import { type PaymentServices, providerOf } from '#payments/services.ts'

export type CheckServices = Pick<PaymentServices, 'db' | 'providers' | 'connections'>

type Finding = { readonly connection: Connection; readonly result: 'taken' | 'no_keys' | 'refused' | 'no_answer' }

/** `halley providers check`: asks providers whether they take the keys of a side's connections, or of one. Exit code 1 if not. */
export async function checkConnections(
  services: CheckServices,
  org: Org,
  named: string | undefined,
  terminal: Terminal,
): Promise<Outcome> {
  const { db } = services
  const asked =
    named === undefined
      ? await listConnections(db, org.id)
      : [await inTransaction(db, (tx) => requireConnection(tx, { org }, named))]
  const findings = await Promise.all(asked.map((connection) => check(services, org, connection)))
  const bad = findings.filter(({ result }) => result === 'refused' || result === 'no_answer')
  if (bad.length > 0) terminal.exitWith(exitCodes.failure)
  return {
    data: { connections: findings.map(({ connection: { id, name }, result }) => ({ id, name, result })) },
    text: findings.map(lineOf).join('\n'),
    talk: asked.length === 0 ? 'There are no connections.' : bad.length === 0 ? 'All is well.' : nextOf(bad),
  }
}

async function check(services: CheckServices, org: Org, connection: Connection): Promise<Finding> {
  const { id, provider: name } = connection
  const provider = await providerOf(services, org.id, { provider: name, connectionId: id })
  if (!provider?.acceptsKeys) return { connection, result: 'no_keys' }
  try {
    return { connection, result: (await provider.acceptsKeys()) ? 'taken' : 'refused' }
  } catch (error) {
    if (error instanceof ProviderUnreachable) return { connection, result: 'no_answer' }
    throw error
  }
}

const words = {
  taken: 'ok   takes the keys',
  no_keys: 'ok   needs no keys',
  refused: 'FAIL does not take the keys',
  no_answer: '?    does not answer',
} as const satisfies Record<Finding['result'], string>

function lineOf({ connection: { provider, name }, result }: Finding): string {
  const [mark, said] = [words[result].slice(0, 5), words[result].slice(5)]
  return `${mark}${name} (${provider}): ${said}`
}

function nextOf(bad: readonly Finding[]): string {
  const refused = bad.filter(({ result }) => result === 'refused').map(({ connection: { name } }) => name)
  if (refused.length === 0) return 'Try again; if it goes on, see whether this machine reaches the provider.'
  return `Replace the keys, of the right mode: ${refused.map((name) => `halley providers update ${name} --credentials <file>`).join(', ')}`
}
