import { type Route, route } from '#http/operation.ts'
import { adjustBalance } from '#subscriptions/actions/adjust-balance.ts'
import { adjustBalanceOperation } from '#subscriptions/ledgers.contract.ts'

const adjust = route(adjustBalanceOperation, async (tx, context, { params, body }) => {
  const { amount, type } = body
  const reason = body.reason ?? null
  const newBalance = await adjustBalance(tx, context, { id: params.id, amount, reason, type })
  return { amount, newBalance, reason, object: 'subscription' as const, livemode: context.org.livemode }
})

export const ledgerRoutes: Route[] = [adjust]
