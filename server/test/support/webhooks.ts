import assert from 'node:assert/strict'
import { machineNow } from '#time/clock.ts'
import { WebhookWorker } from '#webhooks/webhooks.worker.ts'
import type { World } from './world.ts'

/** Real time as a test's worker sees it: retries come when it is moved. */
export class Later {
  ms = 0

  now = (): Temporal.Instant => machineNow().add({ milliseconds: this.ms })

  pass({ minutes }: { minutes: number }): void {
    this.ms += minutes * 60_000
  }
}

/** A worker that tells the endpoints of a world; a payload that is not what is promised is an error. */
export function webhookWorker(world: World, later = new Later()): WebhookWorker {
  const { sender, secrets } = world.app.services.webhooks
  return new WebhookWorker({
    db: world.db,
    sender,
    secrets,
    machineNow: later.now,
    alarm: (error) => {
      throw error
    },
    onFailure: (_endpoint, error) => {
      throw error
    },
  })
}

/** Tells every endpoint everything that is due, and waits for it. */
export async function tell(world: World, later?: Later): Promise<void> {
  await webhookWorker(world, later).settle()
}

export type Endpoint = { readonly id: string; readonly secret: string }

/** An endpoint of the sandbox. */
export async function listenAt(world: World, url: string, events: readonly string[] = ['*']): Promise<Endpoint> {
  const { data } = await world.client.webhooks.create({ url, events: [...events] as never })
  assert(data)
  return { id: data.id, secret: data.secretKey }
}

/** The deliveries of an endpoint, the oldest first: `event: status attempts`. */
export async function deliveries(world: World, endpointId: string): Promise<string[]> {
  const { body } = await world.request('GET', `/api/v1/webhooks/${endpointId}/deliveries?limit=100`)
  const found = body.data as { event: string; status: string; attempts: unknown[] }[]
  return found.reverse().map(({ event, status, attempts }) => `${event}: ${status} ${attempts.length}`)
}
