import * as z from 'zod'

const most = 1_000_000
const wholeCount = (least: number) => {
  const error = `Must be a whole number from ${least} to ${most}.`
  return z.int({ error }).min(least, { error }).max(most, { error })
}

/** How many units are added or removed. */
export const changeCount = wholeCount(1)
/** How many units are held afterwards. */
export const heldCount = wholeCount(0)
