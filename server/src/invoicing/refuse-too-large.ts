import { Problem } from '#problem.ts'

/**
 * 422 where an invoice comes to more than JSON can say as a whole number: it could be charged, but no answer could ever show it
 * (http.md, Pagination and limits).
 */
export function refuseTooLarge({ total }: { readonly total: bigint }): void {
  if (total <= BigInt(Number.MAX_SAFE_INTEGER)) return
  throw new Problem('validation_error', 'Too large: with tax, the total is no whole number that JSON can hold.')
}
