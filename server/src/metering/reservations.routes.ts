import { Answer, type Route, route } from '#http/operation.ts'
import { commitReservation } from '#metering/actions/commit-reservation.ts'
import { releaseReservation } from '#metering/actions/release-reservation.ts'
import { reserveUsage } from '#metering/actions/reserve-usage.ts'
import { readReservation, showReservation } from '#metering/actions/show-reservation.ts'
import type { Metering } from '#metering/metering.ts'
import type { TokenCounts } from '#metering/reservation.ts'
import {
  commitReservationOperation,
  createReservationOperation,
  getReservationOperation,
  releaseReservationOperation,
} from '#metering/reservations.contract.ts'
import { toApiReservation } from '#metering/reservations.view.ts'
import { toApiUsageEvent } from '#metering/usage.view.ts'

/** Reserve, then commit. */
export function reservationRoutes({ metering }: { readonly metering: Metering }): Route[] {
  return [
    route(createReservationOperation, async (tx, context, { body }) => {
      const { customerId, featureCode, quantity, expiresInSeconds } = body
      const ownKey = body.idempotencyKey ?? null
      const request = { customerId, featureCode, quantity, tokens: tokensOf(body), expiresInSeconds, ownKey }
      const { reservation, isEarlier } = await reserveUsage(tx, metering, context, request)
      const shown = await showReservation(tx, context, reservation)
      return new Answer(toApiReservation(shown, context.org), isEarlier ? 200 : 201)
    }),
    route(getReservationOperation, async (db, context, { params }) =>
      toApiReservation(await readReservation(db, context, params.id), context.org),
    ),
    route(commitReservationOperation, async (tx, context, { params, body }) => {
      const used = { id: params.id, quantity: body.value, tokens: tokensOf(body), properties: body.properties }
      return toApiUsageEvent(await commitReservation(tx, metering, context, used), context.org)
    }),
    route(releaseReservationOperation, async (tx, context, { params }) => {
      const released = await releaseReservation(tx, context, params.id)
      return toApiReservation(await showReservation(tx, context, released), context.org)
    }),
  ]
}

type Given = { readonly [Field in keyof TokenCounts]?: TokenCounts[Field] | undefined }

// The contract has made sure that a model comes with its tokens.
function tokensOf({ model, inputTokens = 0, outputTokens = 0, cacheReadTokens, cacheWriteTokens }: Given) {
  return model === undefined ? null : { model, inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }
}
