/** A charge in one of two books; amounts in minor units. `transaction` is our id, which the provider keeps with the charge. */
export type BookedMoney = {
  readonly transaction: string
  readonly amount: bigint
  readonly currency: string
}

export type Difference = {
  readonly transaction: string
  readonly kind: 'missing_at_provider' | 'missing_here' | 'another_amount'
  readonly ours: BookedMoney | null
  readonly theirs: BookedMoney | null
}

/** What two books disagree about, in the order of our ids. What is still open here may be in theirs already. */
export function reconcile(
  ours: readonly BookedMoney[],
  theirs: readonly BookedMoney[],
  isOpenHere: (transaction: string) => boolean,
): Difference[] {
  const here = new Map(ours.map((one) => [one.transaction, one]))
  const there = new Map(theirs.map((one) => [one.transaction, one]))
  const found: Difference[] = []
  for (const transaction of [...new Set([...here.keys(), ...there.keys()])].sort()) {
    const our = here.get(transaction) ?? null
    const their = there.get(transaction) ?? null
    if (our && their) {
      if (our.amount !== their.amount || our.currency !== their.currency)
        found.push({ transaction, kind: 'another_amount', ours: our, theirs: their })
    } else if (our) found.push({ transaction, kind: 'missing_at_provider', ours: our, theirs: null })
    else if (!isOpenHere(transaction)) found.push({ transaction, kind: 'missing_here', ours: null, theirs: their })
  }
  return found
}
