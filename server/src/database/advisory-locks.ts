/** First key of every advisory lock Halley takes ("HALL"); the second says which. */
const halley = 0x48414c4c

export const advisoryLocks = {
  /** Held while migrations are applied. */
  migrate: [halley, 1],
  /** Held as long as a Halley uses the bundled PostgreSQL of a data directory. */
  dataDirectory: [halley, 2],
  /** Held while the first organisation is looked for and made. */
  firstOrganisation: [halley, 3],
  /** Held while a partition of usage events is made. */
  usagePartitions: [halley, 4],
} as const satisfies Record<string, readonly [number, number]>

/** First key of the lock of one side's fan-out of events (its second key is a hash of the side), also taken to change endpoints. */
export const fanOutLock = 0x48414c46
