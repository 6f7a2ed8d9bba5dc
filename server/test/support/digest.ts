import type { ClonedDatabase } from './database.ts'

/**
 * One value for everything a database holds: every row of every table, whatever their order. The same value, the same rows. The
 * queue's own notes of when it last looked after itself are left out: it does so whenever it likes.
 */
export async function digestOf({ pool }: ClonedDatabase): Promise<Record<string, string>> {
  const { rows: tables } = await pool.query<{ name: string }>(`
    select format('%I.%I', schemaname, relname) as name from pg_stat_user_tables
    where schemaname not in ('pg_toast') and (schemaname, relname) <> ('queue', 'version') order by 1`)
  const digests: Record<string, string> = {}
  for (const { name } of tables) {
    const { rows } = await pool.query<{ digest: string }>(
      `select count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) as digest from ${name} t`,
    )
    digests[name] = rows[0]?.digest ?? ''
  }
  return digests
}
