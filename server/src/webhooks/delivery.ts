/** How a delivery stands. `canceled`: its endpoint was switched off or deleted before it could be told. */
export const deliveryStates = ['waiting', 'delivered', 'failed', 'canceled'] as const
export type DeliveryState = (typeof deliveryStates)[number]

/** Why there is a delivery: its event, somebody who asked for it again, a replay of a time, or a test. */
export const deliveryCauses = ['event', 'resend', 'replay', 'test'] as const
export type DeliveryCause = (typeof deliveryCauses)[number]

/** `queueing`: its deliveries are still being written. */
export const replayStates = ['queueing', 'queued', 'canceled'] as const
export type ReplayState = (typeof replayStates)[number]

/** Minutes between the end of an attempt and the next one (webhooks.md, Envelope and delivery). */
const pausesMinutes = [1, 5, 15, 30, 60, 120, 240] as const
export const mostAttempts = pausesMinutes.length + 1

/** What came back from an endpoint: an HTTP status, or why there is none. */
export type Reply = { readonly status: number } | { readonly error: string }

/** Only a 2xx is a delivery: a redirect is a failure like any other answer. */
export function isDelivered(reply: Reply): boolean {
  return 'status' in reply && reply.status >= 200 && reply.status <= 299
}

/** What becomes of a delivery. `at` is real time: a test clock that stands still does not keep a retry from coming. */
export type Verdict =
  | { readonly state: 'delivered' | 'failed' }
  | { readonly state: 'waiting'; readonly at: Temporal.Instant }

/** What follows from the attempt with this number (1 is the first) that ended then. */
export function judge(reply: Reply, attempt: number, endedAt: Temporal.Instant): Verdict {
  if (isDelivered(reply)) return { state: 'delivered' }
  const pause = pausesMinutes[attempt - 1]
  return pause === undefined ? { state: 'failed' } : { state: 'waiting', at: endedAt.add({ minutes: pause }) }
}
