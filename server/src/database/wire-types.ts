import pg from 'pg'

/** How PostgreSQL's text form of a column becomes a value, and how a value becomes a parameter. Nothing here is global. */

type Parse = (text: string) => unknown

const oids = {
  int8: 20,
  int8Array: 1016,
  textArray: 1009,
  date: 1082,
  dateArray: 1182,
  timestamp: 1114,
  timestamptz: 1184,
  timestamptzArray: 1185,
  interval: 1186,
  numeric: 1700,
  numericArray: 1231,
} as const

// The list of ids in the types of `pg` leaves arrays out.
const parseTextArray: (text: string) => unknown[] = pg.types.getTypeParser(oids.textArray as number)

function arrayOf(parse: Parse): Parse {
  const parseElement = (element: unknown): unknown => {
    if (element === null) return null
    return Array.isArray(element) ? element.map(parseElement) : parse(String(element))
  }
  return (text) => parseTextArray(text).map(parseElement)
}

const asText: Parse = (text) => text
const parseInstant: Parse = (text) => Temporal.Instant.from(text)
const parseDay: Parse = (text) => Temporal.PlainDate.from(text)

const parsers = new Map<number, Parse>([
  [oids.int8, BigInt],
  [oids.int8Array, arrayOf(BigInt)],
  [oids.date, parseDay],
  [oids.dateArray, arrayOf(parseDay)],
  [oids.timestamptz, parseInstant],
  [oids.timestamptzArray, arrayOf(parseInstant)],
  [oids.timestamp, (text) => Temporal.PlainDateTime.from(text)],
  [oids.interval, asText],
  [oids.numeric, asText],
  [oids.numericArray, arrayOf(asText)],
])

/**
 * The parsers of one pool: int8 → bigint, numeric → text, date → PlainDate, timestamptz → Instant (the session must be
 * in UTC), arrays of them alike, everything else as `pg` reads it.
 */
export const wireTypes: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    const own = format === 'binary' ? undefined : parsers.get(oid)
    return own ?? pg.types.getTypeParser(oid, format as 'text')
  },
}

/**
 * One query parameter as `pg` can send it. Instants are cut (not rounded) to PostgreSQL's microseconds, so that a
 * stored moment never lies after the moment that was meant.
 */
export function toParameter(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Temporal.Instant) {
    return value.toString({ fractionalSecondDigits: 6, roundingMode: 'trunc' })
  }
  if (value instanceof Temporal.PlainDate) return value.toString()
  return Array.isArray(value) ? value.map(toParameter) : value
}

/**
 * A `pg` client that sends every parameter through `toParameter`, whoever asks: Kysely, the queue or a bare
 * `pool.query`.
 */
export class HalleyClient extends pg.Client {
  // `never` satisfies every overload of the parent; the value returned is the parent's own.
  override query(config: unknown, values?: unknown, callback?: unknown): never {
    const parameters = Array.isArray(values) ? values.map(toParameter) : values
    return super.query(withParameters(config) as never, parameters as never, callback as never) as never
  }
}

function withParameters(config: unknown): unknown {
  if (typeof config !== 'object' || config === null) return config
  if (!('values' in config) || !Array.isArray(config.values)) return config
  const values = config.values.map(toParameter)
  // A cursor or stream is an object with behaviour: it keeps its identity.
  return 'submit' in config ? Object.assign(config, { values }) : { ...config, values }
}
