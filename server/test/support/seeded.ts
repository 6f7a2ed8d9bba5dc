/** Numbers from 0 up to 1, the same for the same seed: good enough for when to pull a plug. */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return (state >>> 8) / 2 ** 23
  }
}

/** How often processes are killed in a story, and which moments are taken: KILLS and KILL_SEED, or few and always the same. */
export function killPlan(fewest: number): {
  readonly kills: number
  readonly seed: number
  readonly random: () => number
} {
  const seed = Number(process.env.KILL_SEED ?? 1)
  return { kills: Number(process.env.KILLS ?? fewest), seed, random: seededRandom(seed) }
}
