import { type Database, openDatabase } from '#database/connect.ts'
import { migrate } from '#database/migrate.ts'
import { inTransaction } from '#database/transaction.ts'
import { createFirstOrganisation } from '#organisations/actions/create-first-organisation.ts'
import { machineNow } from '#time/clock.ts'

export const apiKey = 'ck_test_benchbenchbenchbenchbenchbenchbench'

export const models = ['metered', 'credits', 'balance'] as const
export type Model = (typeof models)[number]

/** Customers who are on one plan, by their own ids, and the usage feature they use. */
export type Group = { readonly model: Model; readonly feature: string; readonly customers: readonly string[] }

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

/** A plan whose limit, credits or balance nobody reaches, and customers who are on it; everything through the API. */
export async function seedCustomers(base: string, model: Model, count: number): Promise<Group> {
  const post = (path: string, body: unknown) => send(base, path, body)
  const feature = `${model}_calls`
  await post('/features/manage', { code: feature, name: 'Calls', type: 'usage' })
  const about = { code: model, name: model, isFree: true, consumptionModel: model }
  const plan = (await post('/plans/manage', about)) as { id: string }
  const { terms, funds } = offers[model]
  await post(`/plans/${plan.id}/features`, { featureId: feature, ...terms })
  if (funds) await post(`/plans/${plan.id}/prices`, { billingInterval: 'monthly', price: 0, ...funds })
  const ids = Array.from({ length: count }, (_, index) => `${model}-${index + 1}`)
  for (let at = 0; at < count; at += 100) {
    const customers = ids.slice(at, at + 100).map((id) => ({ id, email: `${id}@example.com` }))
    await post('/customers/batch', { customers })
  }
  for (const customerId of ids) await post('/subscriptions', { customerId, planId: plan.id })
  return { model, feature, customers: ids }
}

const offers: Record<Model, { terms: Record<string, unknown>; funds?: Record<string, number> }> = {
  metered: { terms: { includedAmount: 1_000_000_000 } },
  credits: { terms: { creditsPerUnit: 1 }, funds: { includedCredits: 1_000_000_000 } },
  balance: {
    terms: { overage: { enabled: false, unitPrice: 1 } },
    funds: { includedBalance: 1_000_000_000 },
  },
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
