import { type Route, route } from '#http/operation.ts'
import { changeHeld } from '#metering/actions/change-held.ts'
import { changeOneHeld } from '#metering/actions/change-one-held.ts'
import { readAllHeld, readHeld } from '#metering/actions/read-held.ts'
import {
  toApiBulkSeatUpdate,
  toApiQuota,
  toApiQuotaEvent,
  toApiSeatBalance,
  toApiSeatBalances,
  toApiSeatEvent,
} from '#metering/held.view.ts'
import {
  addQuotaOperation,
  getAllQuotaOperation,
  getQuotaOperation,
  removeQuotaOperation,
  setQuotaOperation,
} from '#metering/quota.contract.ts'
import {
  addSeatsOperation,
  getAllSeatBalancesOperation,
  getSeatBalanceOperation,
  removeSeatsOperation,
  setAllSeatsOperation,
  setSeatsOperation,
} from '#metering/seats.contract.ts'

/** Seats and quota: what is held until it is given back. */
export const heldRoutes: Route[] = [
  route(addSeatsOperation, async (tx, context, { body }) =>
    toApiSeatEvent(await changeOneHeld(tx, context, 'seats', 'add', body), context.org),
  ),
  route(setSeatsOperation, async (tx, context, { body }) =>
    toApiSeatEvent(await changeOneHeld(tx, context, 'seats', 'set', body), context.org),
  ),
  route(removeSeatsOperation, async (tx, context, { body }) =>
    toApiSeatEvent(await changeOneHeld(tx, context, 'seats', 'remove', body), context.org),
  ),
  route(setAllSeatsOperation, async (tx, context, { body }) => {
    const changes = Object.entries(body.seats).map(
      ([code, count]) => [code, { action: 'set', count: BigInt(count) }] as const,
    )
    const request = { customerId: body.customerId, type: 'seats', changes: new Map(changes), ownKey: null } as const
    const changed = await changeHeld(tx, context, request)
    return changed.map((one) => toApiBulkSeatUpdate(one, context.org))
  }),
  route(getSeatBalanceOperation, async (db, context, { query }) =>
    toApiSeatBalance(await readHeld(db, context, { ...query, type: 'seats' }), context),
  ),
  route(getAllSeatBalancesOperation, async (db, context, { query }) =>
    toApiSeatBalances(await readAllHeld(db, context, { ...query, type: 'seats' }), context),
  ),
  route(addQuotaOperation, async (tx, context, { body }) =>
    toApiQuotaEvent(await changeOneHeld(tx, context, 'quota', 'add', body), context.org),
  ),
  route(setQuotaOperation, async (tx, context, { body }) =>
    toApiQuotaEvent(await changeOneHeld(tx, context, 'quota', 'set', body), context.org),
  ),
  route(removeQuotaOperation, async (tx, context, { body }) =>
    toApiQuotaEvent(await changeOneHeld(tx, context, 'quota', 'remove', body), context.org),
  ),
  route(getQuotaOperation, async (db, context, { query }) =>
    toApiQuota(await readHeld(db, context, { ...query, type: 'quota' }), context),
  ),
  route(getAllQuotaOperation, async (db, context, { query }) =>
    (await readAllHeld(db, context, { ...query, type: 'quota' })).map((state) => toApiQuota(state, context)),
  ),
]
