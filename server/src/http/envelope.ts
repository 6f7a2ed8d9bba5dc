import { type Problem, problems } from '#problem.ts'

/** Success: `{"success": true, "data": …}`; `data` is JSON text already. */
export function successText(data: string): string {
  return `{"success":true,"data":${data}}`
}

/** A list: with hasMore, and nextCursor when there is more. */
export function listText(data: string, nextCursor: string | null): string {
  const more = nextCursor === null ? '"hasMore":false' : `"hasMore":true,"nextCursor":${JSON.stringify(nextCursor)}`
  return `{"success":true,"data":${data},${more}}`
}

export type FailureBody = {
  success: false
  error: { type: string; code: string; message: string; param?: string; details?: unknown; doc_url: string }
}

/** The failure envelope of a refusal. */
export function failureBody(problem: Problem, docUrl: string): FailureBody {
  return {
    success: false,
    error: {
      type: problems[problem.code].type,
      code: problem.code,
      message: problem.message,
      ...(problem.param === undefined ? {} : { param: problem.param }),
      ...(problem.details === undefined ? {} : { details: problem.details }),
      doc_url: docUrl,
    },
  }
}
