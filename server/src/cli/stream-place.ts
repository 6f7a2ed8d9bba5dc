import type { StreamMessage } from '#cli/server-sent-events.ts'

/** What is committed later than this after it began is not told to whoever follows (`webhooks/follow-events.ts`). */
const lookBackMs = 30_000

/**
 * Where a stream is taken up when it broke. Events are told as they are committed, and one with an earlier id may be committed
 * after a later one: so it goes on a while before the end, and leaves out what it has told already.
 */
export class StreamPlace {
  readonly #nowMs: () => number
  readonly #heard = new Map<string, number>()
  #after: string | undefined

  constructor(nowMs = () => performance.now()) {
    this.#nowMs = nowMs
  }

  /** Whether a message is a new one. */
  hears({ event, id }: Pick<StreamMessage, 'event' | 'id'>): boolean {
    this.#forget()
    if (id === undefined) return true
    if (event === 'ready') this.#after ??= id
    else if (this.#heard.has(id)) return false
    else this.#heard.set(id, this.#nowMs())
    return true
  }

  /** The id to go on behind; undefined before anything was heard. */
  after(): string | undefined {
    this.#forget()
    return this.#after
  }

  // In the order they were heard. What is forgotten lies before the place to go on behind, and is not told again.
  #forget(): void {
    const before = this.#nowMs() - lookBackMs
    for (const [id, at] of this.#heard) {
      if (at > before) return
      this.#heard.delete(id)
      if (this.#after === undefined || id > this.#after) this.#after = id
    }
  }
}
