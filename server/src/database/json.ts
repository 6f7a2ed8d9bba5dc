import type { ColumnType } from 'kysely'

/** What a `jsonb` column holds when it is read. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

/**
 * Read as a value, written as JSON text (`JSON.stringify`): given an array as it is, `pg` would send a PostgreSQL array.
 */
export type JsonColumn = ColumnType<Json, string, string>
export type NullableJsonColumn = ColumnType<Json | null, string | null, string | null>
export type JsonColumnWithDefault = ColumnType<Json, string | undefined, string>
