import { collectDefaultMetrics, Histogram, Registry } from 'prom-client'

/** Starts timing an operation; the returned function is told its status and the performance.now() it began at. */
export type RequestTimer = (operationId: string) => (status: number, startedAtMs: number) => void

/** The process's metrics registry with the HTTP duration histogram, in seconds by operation and status. */
export function createMetrics(): { registry: Registry; timer: RequestTimer } {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const duration = new Histogram({
    name: 'halley_http_request_duration_seconds',
    help: 'Time to answer an API request.',
    labelNames: ['operation', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  })
  return {
    registry,
    timer: (operation) => (status, startedAtMs) =>
      duration.observe({ operation, status: String(status) }, (performance.now() - startedAtMs) / 1000),
  }
}
