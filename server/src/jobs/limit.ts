/** Work side by side, but not too much of it: whoever starts more waits for a place. */
export class Limit {
  readonly #places: number
  readonly #running = new Set<Promise<void>>()

  constructor(places: number) {
    this.#places = places
  }

  get running(): number {
    return this.#running.size
  }

  /** Begins the work as soon as there is a place, and returns then. The work must not throw. */
  async start(work: () => Promise<void>): Promise<void> {
    while (this.#running.size >= this.#places) await Promise.race(this.#running)
    const running = work().finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  /** Waits until nothing is under way. */
  async drained(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running)
  }
}
