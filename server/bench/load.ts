import { randomUUID } from 'node:crypto'
import autocannon from 'autocannon'
import { apiKey, type Group } from './seed.ts'

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
export function track({ feature, customers }: Group): () => Shot {
  const next = inTurns(customers)
  return () => ({
    method: 'POST',
    path: '/api/v1/usage/events',
    headers: { ...headers(), 'idempotency-key': randomUUID() },
    body: JSON.stringify({ feature, customerId: next(), value: 1, timestamp: new Date().toISOString() }),
  })
}

/** Many uses in one request. */
export function trackMany({ feature, customers }: Group, events: number): () => Shot {
  const next = inTurns(customers)
  return () => ({
    method: 'POST',
    path: '/api/v1/usage/events/batch',
    headers: { ...headers(), 'idempotency-key': randomUUID() },
    body: JSON.stringify({
      events: Array.from({ length: events }, () => ({
        feature,
        customerId: next(),
        value: 1,
        timestamp: new Date().toISOString(),
      })),
    }),
  })
}

export function check({ feature, customers }: Group): () => Shot {
  const next = inTurns(customers)
  return () => ({
    method: 'POST',
    path: '/api/v1/usage/check',
    headers: headers(),
    body: JSON.stringify({ customerId: next(), featureCode: feature, quantity: 1 }),
  })
}

export function access({ feature, customers }: Group): () => Shot {
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

/** What is fired: on 32 connections, one thing with each request, where nothing else is said. */
export type Firing = {
  readonly name: string
  readonly shoot: () => Shot
  readonly connections?: number
  readonly each?: number
}

/** Fires on all connections for some seconds, after a second of warming up. */
export async function measure(base: string, firing: Firing, seconds: number): Promise<Measured> {
  const { name, shoot, each = 1 } = firing
  await fire(base, firing, shoot, 1)
  const result = await fire(base, firing, shoot, seconds)
  const failed = result.non2xx + result.errors + result.timeouts
  return {
    name,
    perSecond: (result['2xx'] * each) / result.duration,
    p50: result.latency.p50,
    p99: result.latency.p99,
    failed,
  }
}

function fire(base: string, firing: Firing, shoot: () => Shot, duration: number): Promise<autocannon.Result> {
  return autocannon({
    url: base,
    connections: firing.connections ?? connections,
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
