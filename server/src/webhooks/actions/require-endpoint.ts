import type { Db, Tx } from '#database/transaction.ts'
import { invalidField, Problem } from '#problem.ts'
import { type EndpointRecord, findEndpoint, lockEndpoint } from '#webhooks/endpoints.store.ts'

/** The endpoint, or 404 webhook_not_found. */
export async function requireEndpoint(db: Db, orgId: string, id: string): Promise<EndpointRecord> {
  return (await findEndpoint(db, orgId, id)) ?? refuse(id)
}

/** The same, locked for a change. */
export async function requireEndpointLocked(tx: Tx, orgId: string, id: string): Promise<EndpointRecord> {
  return (await lockEndpoint(tx, orgId, id)) ?? refuse(id)
}

/** The endpoint if it is switched on, locked; 422 where it is off: nothing is sent to it. */
export async function requireListening(tx: Tx, orgId: string, id: string): Promise<EndpointRecord> {
  const endpoint = await requireEndpointLocked(tx, orgId, id)
  if (endpoint.isActive) return endpoint
  throw invalidField('id', `${id} is switched off: nothing is sent to it. Switch it on first (isActive: true).`)
}

function refuse(id: string): never {
  throw new Problem('webhook_not_found', `There is no webhook endpoint ${id}.`)
}
