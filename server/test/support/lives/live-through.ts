import assert from 'node:assert/strict'
import type { Lives } from './acts.ts'
import { Town } from './town.ts'

/** Lives through everything, in a second world too where that is asked for, and holds the books to their laws. */
export async function liveThrough(lives: Lives): Promise<void> {
  const open = lives.setting.isTwinned ? [Town.open(lives), Town.open(lives)] : [Town.open(lives)]
  const towns = await Promise.all(open)
  try {
    for (const act of lives.acts) await Promise.all(towns.map((town) => town.live(act)))
    await Promise.all(towns.map((town) => town.end()))
    const [books, again] = await Promise.all(towns.map((town) => town.books()))
    if (again) assert.deepEqual(again, books, 'the same story gives the same books')
    await Promise.all(towns.map((town) => town.close()))
  } catch (error) {
    const found = await Promise.all(towns.map((town) => town.findings().catch(() => 'the world is closed')))
    await Promise.all(towns.map((town) => town.close().catch(() => undefined)))
    const told = [
      (error as Error).message,
      `halley verify: ${found.flat().join('; ') || 'nothing'}`,
      ...(towns[0]?.outcomes ?? []),
    ]
    throw new Error(told.join('\n  '), { cause: error })
  }
}
