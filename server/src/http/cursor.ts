import { createHmac, timingSafeEqual } from 'node:crypto'
import { Problem } from '#problem.ts'

/** What a cursor is good for: one operation, one organisation, one set of filters. */
export type CursorScope = {
  readonly operationId: string
  readonly orgId: string
  readonly filters: Record<string, unknown>
}

const macBytes = 16

/** An opaque signed cursor that continues after `position`. */
export function writeCursor(secret: Buffer, scope: CursorScope, position: string): string {
  return Buffer.concat([mac(secret, scope, position), Buffer.from(position)]).toString('base64url')
}

/** The position a cursor of this scope continues after. A tampered or foreign one is a 422. */
export function readCursor(secret: Buffer, scope: CursorScope, cursor: string): string {
  const bytes = Buffer.from(cursor, 'base64url')
  const position = bytes.subarray(macBytes).toString()
  const given = bytes.subarray(0, macBytes)
  const isCanonical = bytes.toString('base64url') === cursor
  if (isCanonical && given.length === macBytes && timingSafeEqual(given, mac(secret, scope, position))) return position
  const message = 'This cursor was not made for this list. Start again without a cursor.'
  throw new Problem('validation_error', message, { param: 'cursor', details: [{ field: 'cursor', message }] })
}

function mac(secret: Buffer, scope: CursorScope, position: string): Buffer {
  const filters = Object.entries(scope.filters)
    .filter(([name, value]) => value !== undefined && name !== 'limit' && name !== 'cursor')
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const content = JSON.stringify(['cursor', scope.operationId, scope.orgId, filters, position])
  return createHmac('sha256', secret).update(content).digest().subarray(0, macBytes)
}
