import assert from 'node:assert/strict'
import type { Answer, World } from '../world.ts'

/** Asks the API as a merchant's server does. A refusal is an answer; a failure is not. */
export class Asking {
  readonly #world: World

  constructor(world: World) {
    this.#world = world
  }

  async ask(method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await this.#world.request(method, `/api/v1${path}`, body === undefined ? {} : { body })
    assert(answer.status < 500, `${method} ${path}: ${JSON.stringify(answer.body)}`)
    return answer
  }

  /** What came of it, and why it was refused. */
  async outcome(method: string, path: string, body?: unknown): Promise<string> {
    return outcomeOf(await this.ask(method, path, body))
  }

  async must(method: string, path: string, body?: unknown): Promise<Answer['body']> {
    const { status, body: answer } = await this.ask(method, path, body)
    assert(status < 300, `${method} ${path}: ${JSON.stringify(answer)}`)
    return answer.data
  }

  /** The same at the pages that customers see, without a key. */
  async atCheckout(method: string, checkoutUrl: string, action: string, body?: unknown): Promise<Answer> {
    const path = `/hosted/v1/checkout/${checkoutUrl.split('/').at(-1)}${action}`
    const answer = await this.#world.request(method, path, { key: null, ...(body === undefined ? {} : { body }) })
    assert(answer.status < 500, `${method} ${path}: ${JSON.stringify(answer.body)}`)
    return answer
  }
}

export function outcomeOf({ status, body }: Answer): string {
  return status < 300 ? `${status}` : `${status} ${body.error?.code}`
}
