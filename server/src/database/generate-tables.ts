import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { migrate } from './migrate.ts'
import { startThrowAwayPostgres } from './throw-away.ts'

/** Writes `tables.generated.ts` from a freshly migrated database. Run with: npm run tables */

export const tablesFile = fileURLToPath(new URL('./tables.generated.ts', import.meta.url))

type Column = {
  table: string
  name: string
  type: string
  isNullable: boolean
  hasDefault: boolean
  isComputed: boolean
  /** Definitions of the check constraints on this column alone. */
  checks: string[]
}

// Partitions have the columns of their table, and are nobody's business but the database's.
const columnsQuery = `
  select relation.relname as "table",
         attribute.attname as name,
         format_type(attribute.atttypid, null) as type,
         not attribute.attnotnull as "isNullable",
         attribute.attgenerated <> '' or attribute.attidentity = 'a' as "isComputed",
         attribute.atthasdef or attribute.attidentity = 'd' as "hasDefault",
         array(select pg_get_constraintdef(oid) from pg_constraint
                where conrelid = relation.oid and contype = 'c' and conkey = array[attribute.attnum]
                order by conname) as checks
    from pg_class relation
    join pg_attribute attribute on attribute.attrelid = relation.oid
   where relation.relnamespace = 'public'::regnamespace
     and relation.relkind in ('r', 'p') and not relation.relispartition
     and attribute.attnum > 0 and not attribute.attisdropped
   order by relation.relname collate "C", attribute.attnum`

const typeNames: Record<string, string> = {
  bigint: 'bigint',
  boolean: 'boolean',
  bytea: 'Buffer',
  date: 'Temporal.PlainDate',
  'double precision': 'number',
  integer: 'number',
  numeric: 'string',
  smallint: 'number',
  text: 'string',
  'timestamp with time zone': 'Temporal.Instant',
  uuid: 'string',
}

/** The text of `tables.generated.ts` for a migrated database. Throws on a column type that has no TypeScript type. */
export async function describeTables(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<Column>(columnsQuery)
  const tables = Map.groupBy(rows, ({ table }) => table)
  const used = new Set<string>()
  const bodies = [...tables].map(([table, columns]) => describeTable(table, columns, used))
  const index = [...tables.keys()].map((table) => `  ${table}: ${typeName(table)}`)
  return `${[header(used), ...bodies, `export type Tables = {\n${index.join('\n')}\n}`].join('\n\n')}\n`
}

function header(used: Set<string>): string {
  const imports = ['// Written by generate-tables.ts from the migrations; not to be edited.']
  const list = (names: string[]) => names.filter((name) => used.has(name)).join(', ')
  const fromKysely = list(['Generated', 'GeneratedAlways'])
  const fromJson = list(['JsonColumn', 'JsonColumnWithDefault', 'NullableJsonColumn'])
  if (fromKysely) imports.push(`import type { ${fromKysely} } from 'kysely'`)
  if (fromJson) imports.push(`import type { ${fromJson} } from './json.ts'`)
  return imports.join('\n')
}

function describeTable(table: string, columns: Column[], used: Set<string>): string {
  const lines = columns.map((column) => {
    const type = columnType(column)
    used.add(type.replace(/<.*/, ''))
    return `  ${column.name}: ${type}`
  })
  return `export type ${typeName(table)} = {\n${lines.join('\n')}\n}`
}

function columnType(column: Column): string {
  if (column.type === 'jsonb') return jsonType(column)
  const type = valueType(column) + (column.isNullable ? ' | null' : '')
  if (column.isComputed) return `GeneratedAlways<${type}>`
  return column.hasDefault ? `Generated<${type}>` : type
}

function jsonType({ isNullable, hasDefault }: Column): string {
  if (isNullable) return 'NullableJsonColumn'
  return hasDefault ? 'JsonColumnWithDefault' : 'JsonColumn'
}

function valueType({ table, name, type, checks }: Column): string {
  const elementType = type.replace(/\[\]$/, '')
  const known = typeNames[elementType]
  if (!known) throw new Error(`Column ${table}.${name}: type ${type} has no TypeScript type in generate-tables.ts`)
  if (type !== elementType) return `${known}[]`
  const allowed = type === 'text' ? checks.map(allowedValues).find((values) => values !== undefined) : undefined
  return allowed?.map((value) => `'${value}'`).join(' | ') ?? known
}

/** The values of `check (column in ('a', 'b'))` as PostgreSQL writes it back; undefined for every other check. */
function allowedValues(check: string): string[] | undefined {
  const [, list, single] =
    /^CHECK \(\(\w+ = (?:ANY \(ARRAY\[((?:'[\w.-]+'::text(?:, )?)+)\]\)|('[\w.-]+'::text))\)\)$/.exec(check) ?? []
  return (list ?? single)?.split(', ').map((item) => item.replace(/^'(.*)'::text$/, '$1'))
}

function typeName(table: string): string {
  return `${table.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())}Table`
}

if (import.meta.main) {
  const server = await startThrowAwayPostgres()
  const pool = new pg.Pool({ connectionString: server.url })
  // A connection may still be closing when the server stops.
  pool.on('error', () => undefined)
  try {
    await migrate(pool)
    await writeFile(tablesFile, await describeTables(pool))
  } finally {
    await pool.end()
    await server.stop()
  }
}
