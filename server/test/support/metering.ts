import type { Db, Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import { closeCounters, moveEpoch, openCounters } from '#metering/counters.store.ts'
import type { Org } from '#organisations/org.ts'
import { moveVersion } from '#organisations/sides.store.ts'
import { noon } from './organisations.ts'

export type MeteredOptions = {
  readonly included?: number
  readonly unlimited?: boolean
  readonly overage?: boolean
  readonly status?: 'trialing' | 'active' | 'past_due'
  readonly kind?: 'paid' | 'trial' | 'free'
  readonly model?: 'metered' | 'credits' | 'balance'
  readonly customers?: number
  /** Credits plans. */
  readonly creditsPerUnit?: number
  /** Rate scale; 200 = $0.02. */
  readonly unitPrice?: number
  /** The feature is priced by AI model, with this margin in basis points. */
  readonly aiMargin?: number
  /** Of the subscriptions; USD when absent. */
  readonly currency?: string
}

export type Metered = {
  readonly planId: string
  readonly featureId: string
  /** Code of the plan's usage feature. */
  readonly feature: string
  readonly customers: readonly { id: string; ownId: string; subscriptionId: string }[]
}

const june = { start: '2026-06-01', end: '2026-07-01' }

/** A plan with one usage feature, and customers who have been on it since 1 June 2026, monthly, in their window number 1. */
export async function newMeteredCustomers(db: Db, org: Org, options: MeteredOptions = {}): Promise<Metered> {
  const [planId, featureId] = [newId('pln'), newId('ftr')]
  const feature = `calls_${featureId.slice(-10)}`
  const customers = Array.from({ length: options.customers ?? 1 }, () => {
    const id = newId('cus')
    return { id, ownId: `own-${id.slice(-12)}`, subscriptionId: newId('sub') }
  })
  await db.transaction().execute(async (tx) => {
    await insertCatalogue(tx, org, { planId, featureId, feature }, options)
    for (const customer of customers) await insertCustomer(tx, org, planId, customer, options)
    for (const { subscriptionId } of customers) {
      await openCounters(tx, org.id, { subscriptionId, windowNumber: 1, epoch: 1n, featureIds: [featureId] })
    }
  })
  return { planId, featureId, feature, customers }
}

async function insertCatalogue(
  tx: Tx,
  org: Org,
  { planId, featureId, feature }: { planId: string; featureId: string; feature: string },
  options: MeteredOptions,
): Promise<void> {
  const stamps = { created_at: noon, updated_at: noon }
  await tx
    .insertInto('feature')
    .values({ org_id: org.id, id: featureId, code: feature, name: 'Calls', type: 'usage', ...stamps })
    .execute()
  await tx
    .insertInto('plan')
    .values({
      org_id: org.id,
      id: planId,
      code: `plan_${planId.slice(-10)}`,
      name: 'Pro',
      consumption_model: options.model ?? 'metered',
      ...stamps,
    })
    .execute()
  await insertTerms(tx, org.id, planId, featureId, 1n, options)
}

async function insertTerms(
  tx: Tx,
  orgId: string,
  planId: string,
  featureId: string,
  revision: bigint,
  terms: MeteredOptions,
): Promise<void> {
  const settings = {
    org_id: orgId,
    plan_id: planId,
    feature_id: featureId,
    enabled: true,
    included_amount: String(terms.included ?? 100),
    unlimited: terms.unlimited ?? false,
    overage_enabled: terms.overage ?? false,
    overage_unit_price: BigInt(terms.unitPrice ?? 200),
    credits_per_unit: terms.creditsPerUnit === undefined ? null : BigInt(terms.creditsPerUnit),
    pricing_mode: terms.aiMargin === undefined ? ('fixed' as const) : ('ai_model' as const),
    margin: terms.aiMargin === undefined ? null : BigInt(terms.aiMargin),
  }
  await tx
    .insertInto('plan_feature')
    .values({ ...settings, created_at: noon, updated_at: noon })
    .onConflict((conflict) => conflict.columns(['org_id', 'plan_id', 'feature_id']).doUpdateSet(settings))
    .execute()
  await tx
    .insertInto('plan_feature_revision')
    .values({ ...settings, revision, effective_at: Temporal.Instant.from('2026-05-01T00:00:00Z') })
    .execute()
}

async function insertCustomer(
  tx: Tx,
  org: Org,
  planId: string,
  { id, ownId, subscriptionId }: Metered['customers'][number],
  options: MeteredOptions,
): Promise<void> {
  const stamps = { created_at: noon, updated_at: noon }
  const [start, end] = [Temporal.PlainDate.from(june.start), Temporal.PlainDate.from(june.end)]
  const kind = options.kind ?? 'paid'
  await tx
    .insertInto('customer')
    .values({ org_id: org.id, id, external_id: ownId, email: 'a@example.com', ...stamps })
    .execute()
  await tx
    .insertInto('subscription')
    .values({
      org_id: org.id,
      id: subscriptionId,
      customer_id: id,
      plan_id: planId,
      name: 'Pro',
      status: options.status ?? 'active',
      billing_interval: kind === 'free' ? null : 'monthly',
      currency: options.currency ?? 'usd',
      anchor: start,
      period_start: start,
      period_end: end,
      window_start: start,
      window_end: end,
      window_number: 1,
      trial_ends_on: kind === 'trial' ? end : null,
      start_date: noon,
      ...stamps,
    })
    .execute()
  await insertWindow(tx, org.id, subscriptionId, planId, { number: 1, kind, start, end })
}

async function insertWindow(
  tx: Tx,
  orgId: string,
  subscriptionId: string,
  planId: string,
  window: { number: number; kind: 'paid' | 'trial' | 'free'; start: Temporal.PlainDate; end: Temporal.PlainDate },
): Promise<void> {
  await tx
    .insertInto('subscription_window')
    .values({
      org_id: orgId,
      subscription_id: subscriptionId,
      number: window.number,
      kind: window.kind,
      plan_id: planId,
      starts_on: window.start,
      ends_on: window.end,
      period_start: window.start,
      period_end: window.end,
      terms_revision: 1n,
      opened_at: noon,
    })
    .execute()
}

/** Puts another usage feature into the plan, with counters in the running windows; returns it as if it were the plan's first. */
export async function addMeteredFeature(db: Db, org: Org, metered: Metered, options: MeteredOptions): Promise<Metered> {
  const featureId = newId('ftr')
  const feature = `texts_${featureId.slice(-10)}`
  await db.transaction().execute(async (tx) => {
    const stamps = { created_at: noon, updated_at: noon }
    await tx
      .insertInto('feature')
      .values({ org_id: org.id, id: featureId, code: feature, name: 'Texts', type: 'usage', ...stamps })
      .execute()
    await insertTerms(tx, org.id, metered.planId, featureId, 1n, options)
    for (const { subscriptionId } of metered.customers) {
      await openCounters(tx, org.id, { subscriptionId, windowNumber: 1, epoch: 1n, featureIds: [featureId] })
    }
  })
  return { ...metered, featureId, feature }
}

/** A catalogue change: the feature's terms from now on. Returns the side's new version. */
export async function changeTerms(db: Db, org: Org, metered: Metered, terms: MeteredOptions): Promise<bigint> {
  return db.transaction().execute(async (tx) => {
    const version = await moveVersion(tx, org.id)
    await insertTerms(tx, org.id, metered.planId, metered.featureId, version, terms)
    return version
  })
}

/** What happens to the account of a subscription between its windows. */
export type LedgerSteps = {
  close(tx: Tx): Promise<void>
  open(tx: Tx, windowNumber: number, epoch: bigint): Promise<void>
}

/** Ends the running window and begins the next one in the same days, as the billing engine does; returns what was counted. */
export async function rollWindow(
  db: Db,
  org: Org,
  metered: Metered,
  subscriptionId: string,
  ledger: LedgerSteps = { close: async () => {}, open: async () => {} },
): Promise<{ number: number; total: bigint; events: bigint }> {
  return db.transaction().execute(async (tx) => {
    const { window_number: number, epoch } = await lock(tx, org.id, subscriptionId)
    await ledger.close(tx)
    const closed = await closeCounters(tx, org.id, subscriptionId, number)
    await tx
      .updateTable('subscription_window')
      .set({ closed_at: noon })
      .where('org_id', '=', org.id)
      .where('subscription_id', '=', subscriptionId)
      .where('number', '=', number)
      .execute()
    const [start, end] = [Temporal.PlainDate.from(june.start), Temporal.PlainDate.from(june.end)]
    await insertWindow(tx, org.id, subscriptionId, metered.planId, { number: number + 1, kind: 'paid', start, end })
    await update(tx, org.id, subscriptionId, { window_number: number + 1, epoch: epoch + 1n })
    await ledger.open(tx, number + 1, epoch + 1n)
    await openCounters(tx, org.id, {
      subscriptionId,
      windowNumber: number + 1,
      epoch: epoch + 1n,
      featureIds: [metered.featureId],
    })
    return { number, ...(closed.get(metered.featureId) ?? { total: 0n, events: 0n }) }
  })
}

/** Cancels at once. `isForgetful`: without telling the counters, which a correct caller never does. */
export async function endSubscription(db: Db, org: Org, subscriptionId: string, isForgetful = false): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { epoch } = await lock(tx, org.id, subscriptionId)
    await update(tx, org.id, subscriptionId, { status: 'canceled', epoch: epoch + 1n })
    if (!isForgetful) await moveEpoch(tx, org.id, subscriptionId, epoch + 1n)
  })
}

async function lock(tx: Tx, orgId: string, id: string) {
  return tx
    .selectFrom('subscription')
    .select(['window_number', 'epoch'])
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow()
}

async function update(
  tx: Tx,
  orgId: string,
  id: string,
  changes: { status?: 'canceled'; window_number?: number; epoch: bigint },
): Promise<void> {
  await tx.updateTable('subscription').set(changes).where('org_id', '=', orgId).where('id', '=', id).execute()
}
