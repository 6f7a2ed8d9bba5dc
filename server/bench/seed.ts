import { type Database, openDatabase } from '#database/connect.ts'
import { migrate } from '#database/migrate.ts'
import { inTransaction } from '#database/transaction.ts'
import { createFirstOrganisation } from '#organisations/actions/create-first-organisation.ts'
import { machineNow } from '#time/clock.ts'

export const apiKey = 'ck_test_benchbenchbenchbenchbenchbenchbench'
export const feature = 'api_calls'

/** An empty database with Halley's tables and one organisation that has a known sandbox key. */
export async function prepareDatabase(address: string): Promise<Database> {
  const database = openDatabase(address)
  await migrate(database.pool)
  await inTransaction(database.db, (tx) =>
    createFirstOrganisation(tx, {
      name: 'Measured',
      fixedKeys: { live: undefined, sandbox: apiKey },
      machineNow: machineNow(),
    }),
  )
  return database
}

/** One metered plan with a limit, and customers who are on it; everything through the API. Returns their own ids. */
export async function seedCustomers(base: string, count: number): Promise<string[]> {
  const post = (path: string, body: unknown) => send(base, path, body)
  await post('/features/manage', { code: feature, name: 'API calls', type: 'usage' })
  const plan = (await post('/plans/manage', { code: 'bench', name: 'Bench', isFree: true })) as { id: string }
  await post(`/plans/${plan.id}/features`, { featureId: feature, includedAmount: 1_000_000_000 })
  const ids = Array.from({ length: count }, (_, index) => `customer-${index + 1}`)
  for (let at = 0; at < count; at += 100) {
    const customers = ids.slice(at, at + 100).map((id) => ({ id, email: `${id}@example.com` }))
    await post('/customers/batch', { customers })
  }
  for (const customerId of ids) await post('/subscriptions', { customerId, planId: plan.id })
  return ids
}

/** One request of the API with the measured key; anything but success throws. */
export async function send(base: string, path: string, body: unknown): Promise<unknown> {
  const response = await fetch(`${base}/api/v1${path}`, {
    method: 'POST',
    headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const answer = (await response.json()) as { success: boolean; data: unknown }
  if (!answer.success) throw new Error(`${path}: ${JSON.stringify(answer)}`)
  return answer.data
}
