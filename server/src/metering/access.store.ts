import assert from 'node:assert/strict'
import type pg from 'pg'
import type { ConsumptionModel } from '#catalogue/plan.ts'
import { isPublicCustomerId } from '#customers/customer.ts'
import type { Access, Counted, Holding, Running } from '#metering/access.ts'
import { type Account, unreserved } from '#metering/ledger.ts'
import { type CapOwner, capsInForce } from '#metering/spend-cap.ts'
import { parseQuantity, type Quantity } from '#money/quantity.ts'
import type { WindowKind, WindowPlan } from '#subscriptions/schedule.ts'
import type { SubscriptionStatus } from '#subscriptions/subscription.ts'
import type { BillingInterval } from '#time/interval.ts'
import { startInstant } from '#time/period.ts'

type Row = {
  version: bigint
  customer_id: string | null
  external_id: string | null
  running: RunningRow | null
}

// Days come as ISO text and totals as decimal text: inside JSON nothing is converted.
type RunningRow = {
  id: string
  status: SubscriptionStatus
  epoch: string
  plan_id: string
  consumption_model: ConsumptionModel
  anchor: string
  billing_interval: BillingInterval | null
  trial_ends_on: string | null
  cancel_effective_on: string | null
  number: number
  kind: WindowKind
  starts_on: string
  ends_on: string
  period_start: string
  period_end: string | null
  terms_revision: string
  currency: string
  has_us_pricing: boolean
  addons: readonly [addonId: string, termsRevision: string][] | null
  account: AccountRow | null
  caps: readonly [featureId: string | null, owner: CapOwner, amount: string][] | null
  counted: readonly CountedRow[] | null
  held: readonly [featureId: string, current: string, mark: string, periodStart: string][] | null
}

type CountedRow = readonly [featureId: string, windowNumber: number, total: string, reserved: string]

type AccountRow = {
  plan_credits: string
  purchased_credits: string
  balance: string
  may_overdraw: boolean
  granted_credits: string
  granted_balance: string
  reserved: string
}

// Every table is entered by its key, customer by customer, whatever the statistics say: hence the limits.
const statement = `
  select side.version, customer.id as customer_id, customer.external_id,
    case when w.number is not null then json_build_object(
      'id', s.id, 'status', s.status, 'epoch', s.epoch::text, 'plan_id', s.plan_id,
      'consumption_model', plan.consumption_model, 'anchor', s.anchor, 'billing_interval', s.billing_interval,
      'trial_ends_on', s.trial_ends_on, 'cancel_effective_on', s.cancel_effective_on,
      'number', w.number, 'kind', w.kind, 'starts_on', w.starts_on, 'ends_on', w.ends_on,
      'period_start', w.period_start, 'period_end', w.period_end, 'terms_revision', w.terms_revision::text,
      'currency', s.currency, 'has_us_pricing', s.has_us_pricing, 'addons', addon.list, 'account', account.held,
      'caps', cap.list, 'counted', counter.list, 'held', held.list
    ) end as running
  from unnest($2::text[], $3::text[]) with ordinality as wanted (public_id, own_id, position)
  join lateral (select version from side where org_id = $1 limit 1) side on true
  left join lateral (
    select id, external_id from customer where org_id = $1 and id = wanted.public_id
    union all
    select id, external_id from customer where org_id = $1 and external_id = wanted.own_id
    limit 1
  ) customer on true
  left join lateral (
    select * from subscription where org_id = $1 and customer_id = customer.id
      and status <> 'canceled' and status in ('trialing', 'active', 'past_due')
    limit 1
  ) s on true
  left join lateral (
    select * from subscription_window where org_id = $1 and subscription_id = s.id and closed_at is null limit 1
  ) w on true
  left join lateral (select consumption_model from plan where org_id = $1 and id = s.plan_id limit 1) plan on true
  left join lateral (
    select json_agg(json_build_array(addon_id, terms_revision::text) order by number) as list
    from subscription_addon where org_id = $1 and subscription_id = s.id and state = 'active'
  ) addon on true
  left join lateral (
    select json_build_object('plan_credits', plan_credits::text, 'purchased_credits', purchased_credits::text,
      'balance', balance::text, 'may_overdraw', may_overdraw, 'granted_credits', granted_credits::text,
      'granted_balance', granted_balance::text, 'reserved', reserved::text) as held
    from ledger_account where org_id = $1 and subscription_id = s.id and plan.consumption_model <> 'metered' limit 1
  ) account on true
  left join lateral (
    select json_agg(json_build_array(feature_id, owner, amount::text)) as list
    from spend_cap where org_id = $1 and subscription_id = s.id
  ) cap on true
  left join lateral (
    select json_agg(json_build_array(feature_id, window_number, total::text, reserved::text)) as list
    from usage_counter where org_id = $1 and subscription_id = s.id and not closed
  ) counter on true
  left join lateral (
    select json_agg(json_build_array(feature_id, current::text, mark::text, period_start)) as list
    from held_count where org_id = $1 and subscription_id = s.id
  ) held on true
  order by wanted.position`

/**
 * What metering has to know about customers, by public or own id, as of one moment and in one round trip; one answer for each
 * reference, in their order. Undefined when the organisation does not exist (any more).
 */
export async function readAccess(
  pool: pg.Pool,
  orgId: string,
  references: readonly string[],
): Promise<readonly Access[] | undefined> {
  const { rows } = await pool.query<Row>({
    name: 'metering-read-access',
    text: statement,
    values: [
      orgId,
      references.map((reference) => (isPublicCustomerId(reference) ? reference : null)),
      references.map((reference) => (isPublicCustomerId(reference) ? null : reference)),
    ],
  })
  if (rows.length === 0) return undefined
  assert.equal(rows.length, references.length, 'every reference has one answer')
  return rows.map(accessOf)
}

function accessOf(row: Row): Access {
  return {
    version: row.version,
    customer: row.customer_id === null ? null : { id: row.customer_id, externalId: row.external_id },
    subscription: row.running && runningOf(row.running),
  }
}

function runningOf(row: RunningRow): Running {
  const counted = (row.counted ?? []).map(countedOf)
  const window: WindowPlan = {
    number: row.number,
    kind: row.kind,
    startsOn: dayOf(row.starts_on),
    endsOn: dayOf(row.ends_on),
    periodStart: dayOf(row.period_start),
    periodEnd: row.period_end === null ? null : dayOf(row.period_end),
  }
  return {
    subscriptionId: row.id,
    status: row.status,
    epoch: BigInt(row.epoch),
    plan: { id: row.plan_id, consumptionModel: row.consumption_model },
    addons: (row.addons ?? []).map(([addonId, revision]) => ({ addonId, termsRevision: BigInt(revision) })),
    currency: row.currency,
    hasUsPricing: row.has_us_pricing,
    account: row.account && accountOf(row.account, row.consumption_model),
    isHolding: (row.account?.reserved ?? '0') !== '0' || counted.some(({ reserved }) => reserved > 0n),
    caps: capsInForce(
      (row.caps ?? []).map(([featureId, owner, amount]) => ({ featureId, owner, amount: BigInt(amount) })),
    ),
    window,
    startsAtMs: startInstant(window.startsOn).epochMilliseconds,
    endsAtMs: startInstant(window.endsOn).epochMilliseconds,
    termsRevision: BigInt(row.terms_revision),
    anchor: dayOf(row.anchor),
    billingInterval: row.billing_interval,
    trialEndsOn: row.trial_ends_on === null ? null : dayOf(row.trial_ends_on),
    cancelEffectiveOn: row.cancel_effective_on === null ? null : dayOf(row.cancel_effective_on),
    counted,
    held: (row.held ?? []).map(holdingOf),
  }
}

function accountOf(row: AccountRow, model: ConsumptionModel): Account {
  const account = {
    planCredits: BigInt(row.plan_credits),
    purchasedCredits: BigInt(row.purchased_credits),
    balance: BigInt(row.balance),
    mayOverdraw: row.may_overdraw,
    grantedCredits: BigInt(row.granted_credits),
    grantedBalance: BigInt(row.granted_balance),
  }
  return model === 'metered' ? account : unreserved(model, account, BigInt(row.reserved))
}

function countedOf([featureId, windowNumber, total, reserved]: CountedRow): Counted {
  return { featureId, windowNumber, total: quantityOf(total), reserved: quantityOf(reserved) }
}

function holdingOf([featureId, current, mark, periodStart]: readonly [string, string, string, string]): Holding {
  return { featureId, current: BigInt(current), mark: BigInt(mark), periodStart: dayOf(periodStart) }
}

function quantityOf(text: string): Quantity {
  const quantity = parseQuantity(text)
  assert(quantity !== undefined, `a counter holds ${text}`)
  return quantity
}

const dayOf = (text: string): Temporal.PlainDate => Temporal.PlainDate.from(text)
