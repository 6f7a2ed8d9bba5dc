import { newId } from '#id.ts'

const wellFormed = /^[A-Za-z0-9_-]{1,128}$/

/** The caller's request id when it is well formed, else a new one (`req_…`). */
export function requestId(header: string | string[] | undefined): string {
  return typeof header === 'string' && wellFormed.test(header) ? header : newId('req')
}
