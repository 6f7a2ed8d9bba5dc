import { explainInvoice } from '#billing/actions/explain-invoice.ts'
import { explainInvoiceOperation } from '#billing/explanation.contract.ts'
import { toApiExplanation } from '#billing/explanation.view.ts'
import { type Route, route } from '#http/operation.ts'

const explain = route(explainInvoiceOperation, async (db, { org, links }, { params }) => {
  const explanation = await explainInvoice(db, org.id, { reference: params.id, byNumber: false })
  return toApiExplanation(explanation, links.publicUrl, org.livemode)
})

export const explanationRoutes: Route[] = [explain]
