import { type Route, route } from '#http/operation.ts'
import { requestPayout } from '#payments/actions/request-payout.ts'
import { addBankAccount, completeVerification } from '#payments/actions/set-up-payouts.ts'
import {
  addBankAccountOperation,
  completeVerificationOperation,
  requestPayoutOperation,
} from '#payments/payouts.contract.ts'
import { toApiBankAccount, toApiPayout, toApiVerification } from '#payments/payouts.view.ts'
import type { PaymentServices } from '#payments/services.ts'

const request = (services: PaymentServices) =>
  route(requestPayoutOperation, async (_, context, { body }) =>
    toApiPayout(await requestPayout(services, context, body), context.org.livemode),
  )

const addBank = (services: PaymentServices) =>
  route(addBankAccountOperation, async (_, context, { body }) =>
    toApiBankAccount(await addBankAccount(services, context, body), context.org.livemode),
  )

const verify = (services: PaymentServices) =>
  route(completeVerificationOperation, async (_, context, { body }) => {
    const { account, isNew } = await completeVerification(services, context, body)
    return toApiVerification(account, isNew, context.org.livemode)
  })

export const payoutRoutes = (services: PaymentServices): Route[] => [
  request(services),
  addBank(services),
  verify(services),
]
