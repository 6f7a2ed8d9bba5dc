import * as z from 'zod'
import { count, livemode, reference, time } from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'
import { changeCount, heldCount } from '#metering/held-fields.contract.ts'

const changed = {
  previousBalance: count.meta({ description: 'Seats held before the change.' }),
  newBalance: count.meta({ description: 'Seats held after it.' }),
  ts: time,
  createdAt: time,
  object: z.literal('seat'),
  livemode,
}

export const SeatEvent = z
  .object({ id: z.string(), customerId: z.string(), featureCode: z.string(), ...changed })
  .meta({ id: 'SeatEvent', description: 'One change of the number of seats a customer holds.' })

export const BulkSeatUpdate = z
  .object({ id: z.string(), featureCode: z.string(), ...changed })
  .meta({ id: 'BulkSeatUpdate', description: 'One of the changes made together.' })

export const SeatBalance = z
  .object({ current: count, asOf: time, object: z.literal('seat'), livemode })
  .meta({ id: 'SeatBalance', description: 'How many seats of one feature a customer holds.' })

const SeatBalanceEntry = z.object({
  current: count,
  included: count,
  remaining: count.nullable().meta({ description: 'Included seats that are left; null where there is no limit.' }),
  overage: count.meta({ description: 'Seats held beyond the included ones.' }),
  unlimited: z.boolean(),
  asOf: time,
})

export const SeatBalanceListItem = z
  .object({ object: z.literal('seat'), livemode })
  .catchall(SeatBalanceEntry)
  .meta({ id: 'SeatBalanceListItem', description: "Every seat feature of the customer's plan, by feature code." })

const changeProblems = [
  'customer_not_found',
  'feature_not_found',
  'no_active_subscription',
  'feature_not_in_plan',
  'feature_disabled',
  'included_limit_reached',
  'charge_in_progress',
  'missing_regional_price',
] as const

const change = z.object({ customerId: reference, featureCode: reference, count: changeCount })

export const addSeatsOperation = operation({
  id: 'Seats.add',
  method: 'POST',
  path: '/seats',
  kind: 'write',
  status: 201,
  summary: 'Add seats. Those beyond what was held in the billing period are billed from today at the next renewal.',
  body: change,
  data: SeatEvent,
  problems: changeProblems,
})

export const setSeatsOperation = operation({
  id: 'Seats.set',
  method: 'PUT',
  path: '/seats',
  kind: 'write',
  summary: 'Set the number of seats.',
  body: change.extend({ count: heldCount }),
  data: SeatEvent,
  problems: changeProblems,
})

export const removeSeatsOperation = operation({
  id: 'Seats.remove',
  method: 'DELETE',
  path: '/seats',
  kind: 'write',
  summary: 'Remove seats. What was billed for the period stays billed; the next renewal bills fewer.',
  body: change,
  data: SeatEvent,
  problems: [...changeProblems, 'insufficient_seats'],
})

export const setAllSeatsOperation = operation({
  id: 'Seats.setAll',
  method: 'PUT',
  path: '/seats/bulk',
  kind: 'write',
  summary: 'Set the numbers of several seat features at once: all of them or none.',
  body: z.object({
    customerId: reference,
    seats: z
      .record(reference, heldCount)
      .refine((seats) => Object.keys(seats).length >= 1, { error: 'Must name at least one seat feature.' })
      .refine((seats) => Object.keys(seats).length <= 100, { error: 'Must name at most 100 seat features.' }),
  }),
  data: z.array(BulkSeatUpdate),
  problems: changeProblems,
})

export const getSeatBalanceOperation = operation({
  id: 'Seats.getBalance',
  method: 'GET',
  path: '/seats/balance',
  kind: 'read',
  summary: 'Read how many seats of one feature a customer holds.',
  query: z.object({ customerId: reference, featureCode: reference }),
  data: SeatBalance,
  problems: ['customer_not_found', 'feature_not_found', 'no_active_subscription', 'feature_not_in_plan'],
})

export const getAllSeatBalancesOperation = operation({
  id: 'Seats.getAllBalances',
  method: 'GET',
  path: '/seats/balances',
  kind: 'read',
  summary: "Read how many seats a customer holds of every seat feature in their plan, by the feature's code.",
  query: z.object({ customerId: reference }),
  data: SeatBalanceListItem,
  problems: ['customer_not_found', 'no_active_subscription'],
})
