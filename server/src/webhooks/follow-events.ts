import { setTimeout as wait } from 'node:timers/promises'
import type { Db } from '#database/transaction.ts'
import { idTextOf, newId } from '#id.ts'
import type { Org } from '#organisations/org.ts'
import type { EventType } from '#webhooks/event-types.ts'
import { readData } from '#webhooks/events.contract.ts'
import { type EventRecord, findEventsSince } from '#webhooks/events.store.ts'
import { bodyOf, timestampOf } from '#webhooks/message-body.ts'
import { signatureHeaders } from '#webhooks/signing.ts'
import type { WebhookServices } from '#webhooks/webhook-services.ts'

/** An event as an endpoint of the current version would get it. */
export type FollowedEvent = {
  readonly id: string
  readonly type: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const lookMs = 300
/** What is committed later than this after it began is not seen any more. */
const lookBackMs = 30_000
const readAtOnce = 500

/** What happens on a side from now on, or behind an event, as it is committed; signed with the secret of the side's listeners. */
export async function* followEvents(
  db: Db,
  org: Org,
  { secrets, machineNow }: Pick<WebhookServices, 'secrets' | 'machineNow'>,
  {
    after,
    apiVersion,
    signal,
  }: { readonly after: string | undefined; readonly apiVersion: string; readonly signal: AbortSignal },
): AsyncGenerator<readonly FollowedEvent[]> {
  const beginning = after ?? newId('whev')
  const secret = secrets.ofListener(org.id)
  let seen = new Set<string>()
  while (!signal.aborted) {
    // Ids rise with the time they were made, not with the time they were committed: a while is looked at again.
    const since = laterOf(beginning, idAt(machineNow().epochMilliseconds - lookBackMs))
    const found = await readSince(db, org.id, seen.size === 0 ? beginning : since)
    const fresh = found.filter(({ id }) => !seen.has(id))
    seen = new Set([...seen].filter((id) => id > since).concat(fresh.map(({ id }) => id)))
    if (fresh.length > 0) yield fresh.map((event) => messageOf(event, org, { secret, apiVersion, at: machineNow() }))
    await wait(lookMs, undefined, { signal }).catch(() => undefined)
  }
}

async function readSince(db: Db, orgId: string, since: string): Promise<EventRecord[]> {
  const found: EventRecord[] = []
  for (let after = since; ; ) {
    const page = await findEventsSince(db, orgId, after, readAtOnce)
    found.push(...page)
    const last = page.at(-1)
    if (!last || page.length < readAtOnce) return found
    after = last.id
  }
}

function laterOf(one: string, other: string): string {
  return one > other ? one : other
}

/** The lowest id an event of this millisecond can have. */
function idAt(epochMs: number): string {
  return `whev_${idTextOf(BigInt(epochMs) << 80n)}`
}

function messageOf(
  event: EventRecord,
  org: Org,
  { secret, apiVersion, at }: { readonly secret: string; readonly apiVersion: string; readonly at: Temporal.Instant },
): FollowedEvent {
  const { id, type } = event
  const read = readData(type as EventType, event.data)
  const told = { ...event, data: 'data' in read ? read.data : event.data }
  const body = bodyOf(told, org, apiVersion)
  const signed = { eventId: id, type, timestamp: timestampOf(event), body }
  return { id, type, headers: signatureHeaders(signed, { current: secret, previous: null }, { number: 1, at }), body }
}
