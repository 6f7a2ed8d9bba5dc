import { Problem } from '#problem.ts'

/** What a caller is told about its bucket. */
export type Allowance = { readonly limit: number; readonly remaining: number; readonly resetSeconds: number }

type Bucket = { tokens: number; filledAt: number }

/** Token buckets in this process's memory: `perSecond` on average, `burst` at once. Costs no database round trip. */
export class RateLimiter {
  readonly #perSecond: number
  readonly #burst: number
  readonly #buckets = new Map<string, Bucket>()
  #sweptAt = 0

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond
    this.#burst = burst
  }

  /** Takes one token; an empty bucket is a 429 that says when to come back. `nowMs` is monotonic. */
  take(key: string, nowMs: number): Allowance {
    const bucket = this.#fill(key, nowMs)
    if (bucket.tokens < 1)
      throw new RateLimited(this.#allowance(bucket), Math.ceil((1 - bucket.tokens) / this.#perSecond))
    bucket.tokens -= 1
    return this.#allowance(bucket)
  }

  #fill(key: string, nowMs: number): Bucket {
    this.#sweep(nowMs)
    const bucket = this.#buckets.get(key) ?? { tokens: this.#burst, filledAt: nowMs }
    const earned = ((nowMs - bucket.filledAt) / 1000) * this.#perSecond
    bucket.tokens = Math.min(this.#burst, bucket.tokens + Math.max(0, earned))
    bucket.filledAt = nowMs
    this.#buckets.set(key, bucket)
    return bucket
  }

  #allowance(bucket: Bucket): Allowance {
    return {
      limit: this.#burst,
      remaining: Math.max(0, Math.floor(bucket.tokens)),
      resetSeconds: Math.ceil((this.#burst - bucket.tokens) / this.#perSecond),
    }
  }

  // Full buckets are forgotten once a minute, so that addresses that went away take no memory.
  #sweep(nowMs: number): void {
    if (nowMs - this.#sweptAt < 60_000) return
    this.#sweptAt = nowMs
    for (const [key, bucket] of this.#buckets) {
      const earned = ((nowMs - bucket.filledAt) / 1000) * this.#perSecond
      if (bucket.tokens + earned >= this.#burst) this.#buckets.delete(key)
    }
  }
}

/** 429 with what the caller needs to come back in time. */
export class RateLimited extends Problem {
  readonly allowance: Allowance
  readonly retryAfterSeconds: number
  constructor(allowance: Allowance, retryAfterSeconds: number) {
    const seconds = Math.max(1, retryAfterSeconds)
    super('rate_limited', `Too many requests. Try again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`)
    this.allowance = allowance
    this.retryAfterSeconds = seconds
  }
}
