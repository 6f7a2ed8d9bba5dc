import { type Route, route } from '#http/operation.ts'
import type { PaymentServices } from '#payments/services.ts'
import { adjustBalance } from '#subscriptions/actions/adjust-balance.ts'
import { beginCreditPurchase, beginTopup } from '#subscriptions/actions/begin-purchase.ts'
import { finishPurchase } from '#subscriptions/actions/finish-purchase.ts'
import {
  adjustBalanceOperation,
  purchaseCreditsOperation,
  topupBalanceOperation,
} from '#subscriptions/ledgers.contract.ts'

const adjust = route(adjustBalanceOperation, async (tx, context, { params, body }) => {
  const { amount, type } = body
  const reason = body.reason ?? null
  const newBalance = await adjustBalance(tx, context, { id: params.id, amount, reason, type })
  return { amount, newBalance, reason, object: 'subscription' as const, livemode: context.org.livemode }
})

const purchase = (services: PaymentServices) =>
  route(purchaseCreditsOperation, async (_, context, { params, body }) => {
    const input = { id: params.id, creditPackId: body.creditPackId, requestedAt: services.machineNow() }
    const credits = await finishPurchase(services, context, (tx) => beginCreditPurchase(tx, context, input))
    return { credits, object: 'subscription' as const, livemode: context.org.livemode }
  })

const topup = (services: PaymentServices) =>
  route(topupBalanceOperation, async (_, context, { params, body }) => {
    const input = { id: params.id, amount: body.amount, requestedAt: services.machineNow() }
    await finishPurchase(services, context, (tx) => beginTopup(tx, context, input))
    return { amount: body.amount, object: 'subscription' as const, livemode: context.org.livemode }
  })

export const ledgerRoutes = (services: PaymentServices): Route[] => [adjust, purchase(services), topup(services)]
