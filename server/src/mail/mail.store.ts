import { type Selectable, sql } from 'kysely'
import { fromRow, type RecordOf } from '#database/records.ts'
import type { MailTable } from '#database/tables.generated.ts'
import type { Db, Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import { type MailContent, type OperatorMail, optionalMailKinds, wantedMailKinds } from '#mail/mail.ts'

export type NewMail = { readonly customerId: string; readonly content: MailContent }

/** A mail of the outbox. `content` is its kind with its facts. */
export type MailRecord = Omit<RecordOf<Selectable<MailTable>>, 'kind' | 'facts' | 'attachments'> & {
  readonly content: MailContent
  readonly attachments: readonly SentFile[]
}

/** A file that left with a mail. */
export type SentFile = { readonly name: string; readonly bytes: number; readonly sha256: string }

/**
 * Writes mails in one statement that looks at the side's switches itself. The sandbox's go to the inbox alone, unless it was
 * set otherwise: nothing has to work on them. `isAskedFor`: switches do not count.
 */
export async function insertMails(
  tx: Tx,
  orgId: string,
  mails: readonly NewMail[],
  { now, isAskedFor }: { now: Temporal.Instant; isAskedFor: boolean },
): Promise<void> {
  if (mails.length === 0) return
  const column = (of: (mail: NewMail) => string) => sql`${mails.map(of)}::text[]`
  await sql`
    insert into mail (org_id, id, kind, customer_id, facts, state, next_attempt_at, occurred_at, queued_at)
    select ${orgId}, new.id, new.kind, new.customer_id, new.facts::jsonb,
      case when delivery.name = 'smtp' then 'waiting' else 'inbox' end,
      case when delivery.name = 'smtp' then clock_timestamp() end, ${now}, clock_timestamp()
    from unnest(
      ${column(() => newId('eml'))}, ${column(({ content }) => content.kind)},
      ${column(({ customerId }) => customerId)}, ${column(({ content }) => JSON.stringify(content.facts))}
    ) new (id, kind, customer_id, facts)
    cross join side left join side_settings settings on settings.org_id = side.org_id
    cross join lateral (
      select coalesce(settings.mail_delivery, case when side.mode = 'live' then 'smtp' else 'inbox' end)
    ) delivery (name)
    where side.org_id = ${orgId}
      and (${isAskedFor} or (coalesce(settings.mail_enabled, true)
        and not new.kind = any(coalesce(settings.mails_off, '{}'))
        and not (new.kind = any(${[...optionalMailKinds]}::text[]) and exists (
          select from mail_opt_out wish where wish.org_id = ${orgId} and wish.customer_id = new.customer_id))))`.execute(
    tx,
  )
}

/** What is told once for so long: another mail with the same fact is not written. */
export type Quiet = { readonly fact: string; readonly hours: number }

/**
 * Writes a mail to the operators of a side. It goes where they asked to be told; without such an address it is for the inbox. The
 * switch for customers' mails does not stop it, the list of mails that are not sent does, and some have to be asked for.
 * `quiet` is kept to as far as its caller holds a lock of what the fact names.
 */
export async function insertOperatorMail(
  tx: Tx,
  orgId: string,
  { kind, facts }: OperatorMail,
  now: Temporal.Instant,
  quiet: Quiet | null = null,
): Promise<void> {
  const isWanted = (wantedMailKinds as readonly string[]).includes(kind)
  await sql`
    with new as (select ${JSON.stringify(facts)}::jsonb as facts)
    insert into mail (org_id, id, kind, facts, state, next_attempt_at, occurred_at, queued_at)
    select ${orgId}, ${newId('eml')}, ${kind}, new.facts,
      case when delivery.is_sent then 'waiting' else 'inbox' end,
      case when delivery.is_sent then clock_timestamp() end, ${now}, clock_timestamp()
    from new cross join side left join side_settings settings on settings.org_id = side.org_id
    cross join lateral (
      select settings.notification_email is not null
        and coalesce(settings.mail_delivery, case when side.mode = 'live' then 'smtp' else 'inbox' end) = 'smtp'
    ) delivery (is_sent)
    where side.org_id = ${orgId} and not ${kind} = any(coalesce(settings.mails_off, '{}'))
      and (not ${isWanted} or ${kind} = any(coalesce(settings.mails_wanted, '{}')))
      and not exists (
        select from mail told
        where told.org_id = ${orgId} and told.customer_id is null and told.kind = ${kind}
          and told.facts->>${quiet?.fact ?? null}::text = new.facts->>${quiet?.fact ?? null}::text
          and told.occurred_at > ${now.subtract({ hours: quiet?.hours ?? 0 })}
      )`.execute(tx)
}

/** Notes whether a customer wants mails that they may do without. Said twice, it changes nothing. */
export async function saveMailChoice(
  tx: Tx,
  orgId: string,
  customerId: string,
  isWanted: boolean,
  now: Temporal.Instant,
): Promise<void> {
  if (isWanted) {
    await tx.deleteFrom('mail_opt_out').where('org_id', '=', orgId).where('customer_id', '=', customerId).execute()
    return
  }
  await tx
    .insertInto('mail_opt_out')
    .values({ org_id: orgId, customer_id: customerId, since: now })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Whether a customer wants them: everybody who has not said otherwise. */
export async function wantsOptionalMails(db: Db, orgId: string, customerId: string): Promise<boolean> {
  const row = await db
    .selectFrom('mail_opt_out')
    .select('since')
    .where('org_id', '=', orgId)
    .where('customer_id', '=', customerId)
    .executeTakeFirst()
  return row === undefined
}

/**
 * Takes mails whose turn has come and puts their next turn off by `holdSeconds`, so that nobody else takes them meanwhile and
 * somebody does if this process dies. Commit before sending.
 */
export async function takeDueMails(
  tx: Tx,
  now: Temporal.Instant,
  { limit, holdSeconds }: { limit: number; holdSeconds: number },
): Promise<MailRecord[]> {
  const rows = await tx
    .with('due', (query) =>
      query
        .selectFrom('mail')
        .select(['org_id', 'id'])
        .where('state', '=', 'waiting')
        .where('next_attempt_at', '<=', now)
        .orderBy('next_attempt_at')
        .orderBy('id')
        .limit(limit)
        .forUpdate()
        .skipLocked(),
    )
    .updateTable('mail')
    .from('due')
    .set({ attempts: sql`attempts + 1`, next_attempt_at: now.add({ seconds: holdSeconds }) })
    .whereRef('mail.org_id', '=', 'due.org_id')
    .whereRef('mail.id', '=', 'due.id')
    .returningAll('mail')
    .execute()
  return rows.map(mailOf)
}

export type SentMail = {
  readonly recipient: string
  readonly subject: string
  readonly attachments: readonly SentFile[]
}

/** The mail server has taken it. */
export async function markSent(
  tx: Tx,
  { orgId, id }: Pick<MailRecord, 'orgId' | 'id'>,
  { recipient, subject, attachments }: SentMail,
  now: Temporal.Instant,
): Promise<void> {
  await tx
    .updateTable('mail')
    .set({
      state: 'sent',
      next_attempt_at: null,
      last_error: null,
      recipient,
      subject,
      attachments: JSON.stringify(attachments),
      sent_at: now,
    })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .execute()
}

/** It could not be sent: again at `nextAttemptAt`, or never. */
export async function markUnsent(
  tx: Tx,
  { orgId, id }: Pick<MailRecord, 'orgId' | 'id'>,
  error: string,
  nextAttemptAt: Temporal.Instant | null,
): Promise<void> {
  await tx
    .updateTable('mail')
    .set({
      state: nextAttemptAt ? 'waiting' : 'failed',
      next_attempt_at: nextAttemptAt,
      last_error: error,
    })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .where('state', '=', 'waiting')
    .execute()
}

/** There is no mail server: what waits is for the inbox. */
export async function keepWaiting(db: Db): Promise<void> {
  await db.updateTable('mail').set({ state: 'inbox', next_attempt_at: null }).where('state', '=', 'waiting').execute()
}

/** The mails of some sides, newest first, those after `after` (a mail id) when it is given. */
export async function listMails(
  db: Db,
  orgIds: readonly string[],
  limit: number,
  after: string | undefined,
): Promise<MailRecord[]> {
  let query = db
    .selectFrom('mail')
    .selectAll()
    .where('org_id', 'in', [...orgIds])
  if (after !== undefined) query = query.where('id', '<', after)
  const rows = await query.orderBy('id', 'desc').limit(limit).execute()
  return rows.map(mailOf)
}

export async function findMail(db: Db, orgIds: readonly string[], id: string): Promise<MailRecord | undefined> {
  const row = await db
    .selectFrom('mail')
    .selectAll()
    .where('org_id', 'in', [...orgIds])
    .where('id', '=', id)
    .executeTakeFirst()
  return row && mailOf(row)
}

/** Removes mails that were queued before; none that still waits. */
export async function deleteOldMails(db: Db, before: Temporal.Instant): Promise<void> {
  await db.deleteFrom('mail').where('queued_at', '<', before).where('state', '<>', 'waiting').execute()
}

function mailOf({ kind, facts, attachments, ...row }: Selectable<MailTable>): MailRecord {
  return {
    ...fromRow(row),
    content: { kind, facts } as unknown as MailContent,
    attachments: (attachments ?? []) as unknown as readonly SentFile[],
  }
}
