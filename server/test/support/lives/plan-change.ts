import assert from 'node:assert/strict'
import { type Asking, outcomeOf } from './asking.ts'

/** What a change may come to: an outcome to tell, or a checkout that waits to be paid. */
export type Changed = { readonly outcome: string; readonly checkoutUrl?: string }

/** What a preview says is what the change that follows does. */
export async function changeAsPreviewed(
  asking: Asking,
  subscription: string,
  plan: string,
  interval: string | null,
): Promise<Changed> {
  const path = `/subscriptions/${subscription}`
  const preview = await asking.ask('POST', `${path}/preview-change`, {
    planId: plan,
    ...(interval ? { billingInterval: interval } : {}),
  })
  const changed = await asking.ask('POST', `${path}/change-plan`, {
    newPlanId: plan,
    ...(interval ? { newBillingInterval: interval } : {}),
  })
  const outcome = `${outcomeOf(preview)}, ${outcomeOf(changed)}`
  // A bank may decline what was previewed.
  if (changed.status === 402) return { outcome }
  const told = `${JSON.stringify(preview.body)} then ${JSON.stringify(changed.body)}`
  const { data } = changed.body
  if (preview.status !== 200) assertAlsoRefused(preview.body.error.code, changed, told)
  if (data?.requiresCheckout) return { outcome, checkoutUrl: data.checkoutUrl }
  if (preview.status !== 200) return { outcome }
  assert(changed.status < 300, told)
  const said = preview.body.data
  if (data.billing) {
    const billed = [data.billing.totalCharged, data.billing.credit]
    assert.deepEqual([said.estimatedTotal, said.currentPlanCredit], billed, told)
  }
  return { outcome }
}

type Answered = Awaited<ReturnType<Asking['ask']>>

function assertAlsoRefused(code: string, { status, body }: Answered, told: string): void {
  // Something is due that the change itself would wait for, and a preview does not do.
  if (code === 'charge_in_progress') return
  if (code === 'plan_change_scheduled') {
    assert(body.data?.scheduled === true || body.error?.code === 'already_scheduled', told)
  } else assert(status >= 400 || body.data.requiresCheckout, told)
}
