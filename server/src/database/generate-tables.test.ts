import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { cloneDatabase } from '../../test/support/database.ts'
import { describeTables, tablesFile } from './generate-tables.ts'

test('tables.generated.ts is what the migrations make (if not: npm run tables)', async () => {
  const database = await cloneDatabase({ max: 1 })
  try {
    const isCurrent = (await readFile(tablesFile, 'utf8')) === (await describeTables(database.pool))
    assert(isCurrent, 'tables.generated.ts differs from the migrations')
  } finally {
    await database.drop()
  }
})

test('columns are described with their type, null, default, allowed values and computation', async () => {
  const database = await cloneDatabase({ max: 1, isMigrated: false })
  try {
    await database.pool.query(`
      create table parcel (
        id bigint generated always as identity,
        state text not null default 'new' check (state in ('new', 'sent')),
        kind text check (kind in ('letter')),
        code text not null check (code ~ '^[a-z]+$'),
        due_on date,
        tags text[] not null,
        details jsonb not null,
        sent_at timestamptz
      ) partition by list (kind);
      create table parcel_letter partition of parcel for values in ('letter');`)
    assert.equal(
      await describeTables(database.pool),
      `// Written by generate-tables.ts from the migrations; not to be edited.
import type { Generated, GeneratedAlways } from 'kysely'
import type { JsonColumn } from './json.ts'

export type ParcelTable = {
  id: GeneratedAlways<bigint>
  state: Generated<'new' | 'sent'>
  kind: 'letter' | null
  code: string
  due_on: Temporal.PlainDate | null
  tags: string[]
  details: JsonColumn
  sent_at: Temporal.Instant | null
}

export type Tables = {
  parcel: ParcelTable
}
`,
    )
  } finally {
    await database.drop()
  }
})
