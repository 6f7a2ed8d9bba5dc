import { Problem } from '#problem.ts'
import type { TaxQuestion } from '#tax/asked-tax.ts'

/**
 * What tax somebody is charged has to be asked of a payment provider first, which is done outside of transactions. Whoever began the
 * work asks and begins it again (payments/tax-desk.ts); where nobody does, or there is no answer, it is the refusal 503 `tax_unavailable`.
 */
export class TaxNotKnown extends Problem {
  readonly orgId: string
  readonly connectionId: string
  /** By what they are known under. */
  readonly questions: ReadonlyMap<string, TaxQuestion>

  constructor(orgId: string, connectionId: string, questions: ReadonlyMap<string, TaxQuestion>) {
    super('tax_unavailable', 'The tax cannot be calculated at this moment. Nothing was charged. Try again in a minute.')
    this.orgId = orgId
    this.connectionId = connectionId
    this.questions = questions
  }
}
