import type * as z from 'zod'
import { inspectBody } from '#http/body.ts'
import { parse } from '#http/validation.ts'
import { UsageReport } from '#metering/usage.contract.ts'

/** One event of a batch, read as if it had come alone. 422 for what is wrong with it. */
export function readReport(given: unknown): z.output<typeof UsageReport> {
  inspectBody(given)
  return parse(UsageReport, given, 'body') as z.output<typeof UsageReport>
}
