import { type Route, route } from '#http/operation.ts'
import { setSpendCap } from '#subscriptions/actions/set-spend-cap.ts'
import { showSpendCaps } from '#subscriptions/actions/show-spend-caps.ts'
import { getSpendCapsOperation, setSpendCapOperation } from '#subscriptions/spend-caps.contract.ts'
import { toApiSpendCaps } from '#subscriptions/spend-caps.view.ts'

/** What usage may add to a bill at most. */
export const spendCapRoutes: Route[] = [
  route(setSpendCapOperation, async (tx, context, { params, body }) => {
    const { amount, featureCode = null } = body
    await setSpendCap(tx, context, { id: params.id, owner: 'merchant', amount, featureCode })
    return toApiSpendCaps(await showSpendCaps(tx, context, params.id), context.org.livemode)
  }),
  route(getSpendCapsOperation, async (db, context, { params }) =>
    toApiSpendCaps(await showSpendCaps(db, context, params.id), context.org.livemode),
  ),
]
