/**
 * One thing that always holds. Both statements are read only and span every organisation; `findings` gives a row for each
 * breach: whose it is, what it is about (an id), and what was found there.
 */
export type Check = {
  /** Short and stable, for programs. */
  readonly name: string
  /** What holds, as a sentence. */
  readonly holds: string
  /** Gives one row with `count`: how many things were looked at. */
  readonly counted: string
  /** Gives rows of `org_id`, `subject` and `found`. */
  readonly findings: string
}

export type Finding = { readonly orgId: string; readonly subject: string; readonly found: string }

/** `findings` holds the first few of `breaches`. */
export type Result = Pick<Check, 'name' | 'holds'> & {
  readonly looked: bigint
  readonly breaches: bigint
  readonly findings: readonly Finding[]
}
