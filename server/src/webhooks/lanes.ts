/** A delivery on its way. `lane` null, and what was tried before, wait for nobody. */
export type Laned = {
  readonly id: string
  readonly lane: string | null
  readonly attempts: number
  /** Told again: it starts where nothing else may. */
  readonly isReplay: boolean
}

/**
 * In which order deliveries to one endpoint start: those of one lane one after the other, each when the first attempt of the
 * one before has ended, and lanes beside each other. A failed attempt does not hold its lane: its retry comes when it is due. What a replay tells again
 * starts when nothing else may.
 */
export class Lanes<Delivery extends Laned> {
  /** What may start, in the order it became so. */
  readonly #ready: Delivery[] = []
  readonly #readyAgain: Delivery[] = []
  /** What waits behind the lane's delivery that is ready or under way. */
  readonly #behind = new Map<string, Delivery[]>()

  /** Takes deliveries; those of one lane in their order, behind those taken before. */
  add(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) {
      const lane = laneOf(delivery)
      const behind = lane === null ? undefined : this.#behind.get(lane)
      if (behind) {
        behind.push(delivery)
        continue
      }
      if (lane !== null) this.#behind.set(lane, [])
      this.#mayStart(delivery)
    }
  }

  /** The next one to start. Tell its end by {@link ended}. */
  next(): Delivery | undefined {
    return this.#ready.shift() ?? this.#readyAgain.shift()
  }

  /** An attempt has ended, however. */
  ended(delivery: Delivery): void {
    const lane = laneOf(delivery)
    if (lane === null) return
    const following = this.#behind.get(lane)?.shift()
    if (following) this.#mayStart(following)
    else this.#behind.delete(lane)
  }

  #mayStart(delivery: Delivery): void {
    const ready = delivery.isReplay ? this.#readyAgain : this.#ready
    ready.push(delivery)
  }
}

function laneOf({ lane, attempts }: Laned): string | null {
  return attempts === 0 ? lane : null
}
