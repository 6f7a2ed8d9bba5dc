import { Problem } from '#problem.ts'

const largest = BigInt(Number.MAX_SAFE_INTEGER)

/** Whether an invoice comes to more than JSON can say as a whole number (http.md, Pagination and limits). */
export function isTooLarge({ total }: { readonly total: bigint }): boolean {
  return total > largest
}

/** 422 for an invoice that is too large: it could be charged, but no answer could ever show it. */
export function refuseTooLarge(priced: { readonly total: bigint }): void {
  if (isTooLarge(priced)) throw totalTooLarge()
}

export function totalTooLarge(): Problem {
  return new Problem('validation_error', 'Too large: with tax, the total is no whole number that JSON can hold.')
}

/** 422 where a customer's credit would come to more than JSON can hold with what is added to it. Minor units. */
export function refuseTooMuchCredit(held: bigint, added: bigint): void {
  if (held + added <= largest) return
  throw new Problem('validation_error', 'Too large: the customer’s credit would be no whole number that JSON can hold.')
}
