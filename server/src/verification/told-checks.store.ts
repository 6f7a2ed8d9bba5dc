import { areEventsArchived } from '#verification/archived-events.store.ts'
import type { Check } from '#verification/check.ts'
import { happenings } from '#verification/happenings.store.ts'

/** What has to be told exactly once for each thing of a table, and that thing. */
const effects: readonly { readonly type: string; readonly key: string; readonly of: string }[] = [
  { type: 'customer.created', key: 'id', of: `select org_id, id from customer` },
  {
    type: 'subscription.created',
    key: 'subscriptionId',
    of: `select org_id, id from subscription where status <> 'draft'`,
  },
  { type: 'invoice.created', key: 'invoiceId', of: `select org_id, id from invoice` },
  {
    type: 'payment.received',
    key: 'paymentTransactionId',
    of: `select org_id, id from payment_transaction where kind = 'charge' and state in ('succeeded', 'refunded', 'disputed')`,
  },
]

function nameOf(type: string): string {
  return `told_${type.replace('.', '_')}`
}

const toldOnce: readonly Check[] = effects.map(({ type, key, of }) => ({
  name: nameOf(type),
  holds: `No ${type} without what it tells of, and nothing of that without it, each once.`,
  counted: `select count(*) from event where type = '${type}'`,
  findings: `
    with told as (
      select org_id, data->>'${key}' as id, count(*) as times from event
      where type = '${type}' and data->>'${key}' is not null group by 1, 2
    ), effect as (${of})
    select coalesce(told.org_id, effect.org_id) as org_id, coalesce(told.id, effect.id) as subject,
      format('told %s times, and %s', coalesce(told.times, 0), case when effect.id is null then 'not there' else 'there' end) as found
    from told full join effect on effect.org_id = told.org_id and effect.id = told.id
    where told.times is distinct from 1 or effect.id is null`,
}))

const namesOf = happenings.map(({ type }) => `'${type}'`).join(', ')
const keyOf = `case type ${happenings
  .map(({ type, key }) => `when '${type}' then ${key.includes('data') ? key : `data->>'${key}'`}`)
  .join(' ')} end`
const isLeftOut = happenings
  .flatMap(({ type, only }) => (only ? [`(type = '${type}' and not ${only})`] : []))
  .join(' or ')

/** What an event tells of, and the check that holds them against each other. */
export const checkOfTold: Readonly<Record<string, string>> = {
  ...Object.fromEntries(effects.map(({ type }) => [type, nameOf(type)])),
  ...Object.fromEntries(happenings.map(({ type }) => [type, 'told_as_often'])),
  'customer.updated': 'told_customer_updated',
}

export const toldChecks: readonly Check[] = [
  ...toldOnce,
  {
    name: 'told_as_often',
    holds:
      'What was activated, ended, changed, failed, recovered, voided, refunded, disputed, bought, paid out, added or taken away was told as often as it happened.',
    counted: `select count(*) from event where type in (${namesOf})`,
    findings: `
      with told as (
        select org_id, type, ${keyOf} as id, count(*) as times from event
        where type in (${namesOf}) and not (${isLeftOut}) group by 1, 2, 3
      ), happened as (
        select org_id, type, id, count(*) as times
        from (${happenings.map(({ type, of }) => `select org_id, '${type}' as type, id from (${of}) of (org_id, id)`).join(' union all ')}) one
        group by 1, 2, 3
      )
      select coalesce(told.org_id, happened.org_id) as org_id, coalesce(told.id, happened.id) as subject,
        format('%s was told %s times and happened %s times', coalesce(told.type, happened.type), coalesce(told.times, 0),
          coalesce(happened.times, 0)) as found
      from told full join happened on happened.org_id = told.org_id and happened.type = told.type and happened.id = told.id
      where told.times is distinct from happened.times`,
  },
  {
    // How often is not told: where nothing but an address has changed, two of one moment say the same.
    name: 'told_customer_updated',
    holds: 'What was last told of a customer is what they are.',
    counted: `select count(*) from event where type = 'customer.updated'`,
    findings: `
      with told as (
        select distinct on (org_id, data->>'id') org_id, data->>'id' as id, data from event
        where type in ('customer.created', 'customer.updated') order by 1, 2, position desc
      )
      select told.org_id, told.id as subject, format('told: %s, is: %s', told.data, now.data) as found
      from told
      left join (
        select org_id, id, date_trunc('milliseconds', updated_at) as updated_at, jsonb_build_object('id', id,
          'externalId', external_id, 'fullName', full_name, 'email', email, 'taxDocument', tax_document,
          'documentType', document_type, 'timezone', timezone, 'metadata', metadata) as data
        from customer
      ) now on now.org_id = told.org_id and now.id = told.id
      where (told.data - array['createdAt', 'updatedAt'], (told.data->>'updatedAt')::timestamptz)
        is distinct from (now.data, now.updated_at)`,
  },
  {
    name: 'told_usage',
    holds: 'Every single use that was told was recorded, with the same amount.',
    counted: `select count(*) from event where type = 'usage.recorded'`,
    findings: `
      select told.org_id, told.id as subject, format('%s of %s told', told.data->>'value', told.data->>'usageEventId') as found
      from event told
      left join usage_event used on used.org_id = told.org_id and used.id = told.data->>'usageEventId'
      where told.type = 'usage.recorded' and (used.id is null or used.quantity <> (told.data->>'value')::numeric)
        and not (used.id is null and ${areEventsArchived('told.org_id', 'told.occurred_at')})`,
  },
]
