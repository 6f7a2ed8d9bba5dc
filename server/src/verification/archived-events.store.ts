const oldestMonth = `(
  select min(substring(pg_get_expr(part.relpartbound, part.oid) from $$FROM \\('([^']+)'\\)$$)::timestamptz)
  from pg_inherits join pg_class part on part.oid = inhrelid where inhparent = 'usage_event'::regclass)`

/**
 * SQL: whether usage events of a side from a moment of its clock may have been archived: their month is older than the oldest
 * partition that is still attached, and the side existed by then. Where a test clock stands, its moments say nothing about the
 * month something was recorded in, and all of the side's may be gone.
 */
export function areEventsArchived(orgId: string, moment: string): string {
  return `exists (
    select from side
    where side.org_id = ${orgId} and date_trunc('month', side.created_at, 'UTC') < ${oldestMonth}
      and (side.simulated_time is not null or ${moment} < ${oldestMonth}))`
}
