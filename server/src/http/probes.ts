import type { FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'

export type Probes = { readonly isReady: () => Promise<boolean>; readonly registry: Registry }

/** /healthz: the process is up. /readyz: database and queue answer. /metrics: Prometheus text. */
export function registerProbes(server: FastifyInstance, { isReady, registry }: Probes): void {
  server.get('/healthz', (_request, reply) => reply.send({ status: 'ok' }))
  server.get('/readyz', async (_request, reply) => {
    const ready = await isReady().catch(() => false)
    return reply.status(ready ? 200 : 503).send({ status: ready ? 'ready' : 'unavailable' })
  })
  server.get('/metrics', async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()))
}
