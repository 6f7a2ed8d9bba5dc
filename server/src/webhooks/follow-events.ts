import { setTimeout as wait } from 'node:timers/promises'
import type { Db } from '#database/transaction.ts'
import { idTextOf } from '#id.ts'
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

/** What happens on a side behind an event or a new id, as it is committed; signed with the secret of the side's listeners. */
export async function* followEvents(
  db: Db,
  org: Org,
  { secrets, machineNow }: Pick<WebhookServices, 'secrets' | 'machineNow'>,
  { after, apiVersion, signal }: { readonly after: string; readonly apiVersion: string; readonly signal: AbortSignal },
): AsyncGenerator<readonly FollowedEvent[]> {
  const secret = secrets.ofListener(org.id)
  let since = after
  let seen = new Set<string>()
  while (!signal.aborted) {
    const lookBack = idAt(machineNow().epochMilliseconds - lookBackMs)
    for await (const page of readPages(db, org.id, since)) {
      const fresh = page.filter(({ id }) => !seen.has(id))
      for (const { id } of fresh) if (id > lookBack) seen.add(id)
      if (fresh.length > 0) yield fresh.map((event) => messageOf(event, org, { secret, apiVersion, at: machineNow() }))
      if (signal.aborted) return
    }
    // Ids rise with the time they were made, not with the time they were committed: a while before this look is looked at again.
    since = laterOf(since, lookBack)
    seen = new Set([...seen].filter((id) => id > since))
    await wait(lookMs, undefined, { signal }).catch(() => undefined)
  }
}

/** Page by page, so that who begins long ago does not need all of it in memory. */
async function* readPages(db: Db, orgId: string, since: string): AsyncGenerator<readonly EventRecord[]> {
  for (let after = since; ; ) {
    const page = await findEventsSince(db, orgId, after, readAtOnce)
    yield page
    const last = page.at(-1)
    if (!last || page.length < readAtOnce) return
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
  return { id, type, headers: signatureHeaders(signed, { current: secret, previous: [] }, { number: 1, at }), body }
}
