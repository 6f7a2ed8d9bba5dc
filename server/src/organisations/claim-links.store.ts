import type { Db, Tx } from '#database/transaction.ts'

export type ClaimLinkRecord = { readonly organisationId: string; readonly expiresAt: Temporal.Instant }

/** Writes a link by the digest of its token and kills every earlier one. Call it while the organisation is locked. */
export async function replaceClaimLink(
  tx: Tx,
  link: ClaimLinkRecord & { readonly digest: Buffer },
  now: Temporal.Instant,
): Promise<void> {
  await revokeClaimLinks(tx, link.organisationId, now)
  await tx
    .insertInto('claim_link')
    .values({
      digest: link.digest,
      organisation_id: link.organisationId,
      expires_at: link.expiresAt,
      created_at: now,
    })
    .execute()
}

/** The link of a digest while it opens something: not expired in real time, not replaced, not used. */
export async function findOpenClaimLink(
  db: Db,
  digest: Buffer,
  now: Temporal.Instant,
): Promise<ClaimLinkRecord | undefined> {
  const row = await db
    .selectFrom('claim_link')
    .select(['organisation_id', 'expires_at'])
    .where('digest', '=', digest)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return row && { organisationId: row.organisation_id, expiresAt: row.expires_at }
}

/** Kills every link of an organisation: a new one takes over, or it was claimed. */
export async function revokeClaimLinks(tx: Tx, organisationId: string, now: Temporal.Instant): Promise<void> {
  await tx
    .updateTable('claim_link')
    .set({ revoked_at: now })
    .where('organisation_id', '=', organisationId)
    .where('revoked_at', 'is', null)
    .execute()
}
