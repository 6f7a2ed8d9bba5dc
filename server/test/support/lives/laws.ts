import assert from 'node:assert/strict'
import { explain } from '../explanations.ts'
import type { World } from '../world.ts'

type Law = { readonly says: string; readonly breaches: string }

/** What holds for the books of every customer, whatever they did; each statement gives what breaks it. $1 is the side. */
const laws: readonly Law[] = [
  {
    says: 'the lines of an invoice add up to its total before tax',
    breaches: `select i.number from invoice i join invoice_line l on l.org_id = i.org_id and l.invoice_id = i.id
      where i.org_id = $1 group by i.org_id, i.id having sum(l.amount) <> i.total - i.tax_amount`,
  },
  {
    says: 'no invoice is below zero, but an adjustment',
    breaches: `select number from invoice where org_id = $1 and total < 0 and type <> 'adjustment'`,
  },
  {
    says: 'windows of a subscription follow one another without overlap, and without gap while it runs',
    breaches: `select subscription_id || ' ' || number as number from (
        select subscription_id, number, starts_on, opened_at,
          lag(least(ends_on, closed_at::date)) over own as before, lag(closed_at) over own as closed
        from subscription_window where org_id = $1 window own as (partition by subscription_id order by number)
      ) w where before is not null and (starts_on < before or (opened_at = closed and starts_on <> before))`,
  },
  {
    says: 'nobody pays twice for the same day of the same plan',
    breaches: `select one.number || ' and ' || other.number as number from base one join base other
        on other.subscription_id = one.subscription_id and other.description = one.description and other.number > one.number
        and other.starts_on < one.ends_on and one.starts_on < other.ends_on
      -- A base that is credited (a change of plan), given back or cut short by the end of the subscription is over then.
      where other.type not in ('plan_change', 'reactivation')`,
  },
  {
    says: 'a window is billed once',
    breaches: `select min(number) as number from invoice
      where org_id = $1 and cause is not null and status <> 'void'
      group by subscription_id, window_number, cause having count(*) > 1`,
  },
  {
    says: 'invoice numbers have no gap',
    breaches: `select max(number) as number from invoice where org_id = $1
      having count(*) <> coalesce(max(right(number, 6)::int), 0)`,
  },
  {
    says: 'tax is charged where it is due alone, and never to who is exempt',
    breaches: `select i.number from invoice i join customer c on c.org_id = i.org_id and c.id = i.customer_id
      where i.org_id = $1 and i.tax_amount <> 0 and (i.tax_treatment is distinct from 'charged' or c.tax_exemption is not null)`,
  },
  {
    says: 'what is charged is net and tax, in the currency of its invoice',
    breaches: `select i.number from invoice i join payment_transaction t on t.org_id = i.org_id and t.invoice_id = i.id
      where i.org_id = $1 and t.kind = 'charge' and t.state in ('succeeded', 'refunded', 'disputed')
        and (t.currency <> i.currency or t.amount <> i.subtotal - i.discount_amount - i.credit_applied + i.tax_amount)`,
  },
  {
    says: 'what was paid was charged once',
    breaches: `select i.number from invoice i join payment_transaction t on t.org_id = i.org_id and t.invoice_id = i.id
      where i.org_id = $1 and t.state = 'succeeded' and t.kind = 'charge' group by i.org_id, i.id having count(*) > 1`,
  },
]

const base = `with base as (
  select i.subscription_id, i.number, i.type, l.description, l.starts_on, l.ends_on from invoice i
  join invoice_line l on l.org_id = i.org_id and l.invoice_id = i.id and l.line_type = 'plan_base'
  where i.org_id = $1 and i.status in ('paid', 'outstanding', 'uncollectible') and i.subscription_id is not null
) `

export async function assertLaws({ database: { pool }, orgId }: World): Promise<void> {
  for (const { says, breaches } of laws) {
    const { rows } = await pool.query<{ number: string }>(
      breaches.includes('base one') ? base + breaches : `${breaches} -- ${says}`,
      [orgId],
    )
    assert.deepEqual(
      rows.map(({ number }) => number),
      [],
      says,
    )
  }
}

/**
 * Every line of a customer's invoices is explained by the records it was made from, to the minor unit. What is void was never
 * owed: the invoice of a change that was declined tells of a window that went on.
 */
export async function assertExplained(world: World, customer: string): Promise<void> {
  const { body } = await world.request('GET', `/api/v1/invoices?customerId=${customer}&limit=100`)
  for (const { id, invoiceNumber, status } of body.data) {
    if (status === 'void') continue
    const { lines, totals } = await explain(world, id)
    const wrong = [...lines.filter(({ matches }) => matches !== true), ...(totals.matches === true ? [] : [totals])]
    assert.deepEqual(wrong, [], `${invoiceNumber} of ${customer} is explained`)
  }
}
