/** How many entries a list gives that has no cursor in the published contract. */
export const wholeListLimit = 1000

/** One page of entries that were fetched with one more than `limit`, so that we know whether more follow. */
export function pageOf<Entry extends { readonly id: string }, Item>(
  entries: readonly Entry[],
  limit: number,
  show: (entry: Entry) => Item,
): { items: Item[]; next: string | null } {
  const shown = entries.slice(0, limit)
  return { items: shown.map(show), next: entries.length > limit ? (shown.at(-1)?.id ?? null) : null }
}
