import { randomUUID } from 'node:crypto'
import autocannon from 'autocannon'
import { apiKey, feature } from './seed.ts'

export const connections = 32

/** What was measured: requests per second and milliseconds. */
export type Measured = {
  readonly name: string
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  readonly failed: number
}

export type Shot = {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Record<string, string>
  readonly body?: string
}

const headers = () => ({ 'x-api-key': apiKey, 'content-type': 'application/json', 'commet-version': '2026-07-11' })

/** Usage with a key of its own for each request, as the public client sends it. */
export function track(customers: readonly string[]): () => Shot {
  const next = inTurns(customers)
  return () => ({
    method: 'POST',
    path: '/api/v1/usage/events',
    headers: { ...headers(), 'idempotency-key': randomUUID() },
    body: JSON.stringify({ feature, customerId: next(), value: 1, timestamp: new Date().toISOString() }),
  })
}

export function check(customers: readonly string[]): () => Shot {
  const next = inTurns(customers)
  return () => ({
    method: 'POST',
    path: '/api/v1/usage/check',
    headers: headers(),
    body: JSON.stringify({ customerId: next(), featureCode: feature, quantity: 1 }),
  })
}

export function access(customers: readonly string[]): () => Shot {
  const next = inTurns(customers)
  return () => ({
    method: 'GET',
    path: `/api/v1/feature-access/${feature}?customerId=${next()}&action=canUse`,
    headers: headers(),
  })
}

export function bare(): Shot {
  return { method: 'GET', path: '/bare', headers: {} }
}

/** Fires on all connections for some seconds, after a second of warming up. */
export async function measure(name: string, base: string, shoot: () => Shot, seconds: number): Promise<Measured> {
  await fire(base, shoot, 1)
  const result = await fire(base, shoot, seconds)
  const failed = result.non2xx + result.errors + result.timeouts
  return { name, perSecond: result.requests.average, p50: result.latency.p50, p99: result.latency.p99, failed }
}

function fire(base: string, shoot: () => Shot, duration: number): Promise<autocannon.Result> {
  return autocannon({
    url: base,
    connections,
    duration,
    requests: [{ setupRequest: (request) => ({ ...request, ...shoot() }) }],
  })
}

function inTurns<T>(all: readonly T[]): () => T {
  let at = 0
  return () => {
    const one = all[at++ % all.length]
    if (one === undefined) throw new RangeError('nothing to take turns with')
    return one
  }
}
