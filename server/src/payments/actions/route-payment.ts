import type { Db } from '#database/transaction.ts'
import type { Org } from '#organisations/org.ts'
import { chooseRoute, type PaymentRoute } from '#payments/connection.ts'
import { listConnections } from '#payments/connections.store.ts'
import type { ProviderName } from '#payments/provider.ts'
import { Problem } from '#problem.ts'

/** Where a customer of this country pays; Problem `provider_unsupported` when the provider asked for is not connected. */
export async function routePayment(
  db: Db,
  org: Org,
  { provider, country }: { readonly provider?: ProviderName | undefined; readonly country: string | null },
): Promise<PaymentRoute> {
  const route = chooseRoute(await listConnections(db, org.id), { mode: org.mode, provider, country })
  if (route) return route
  throw new Problem('provider_unsupported', `The payment provider ${provider} is not connected in ${org.mode} mode.`, {
    param: 'provider',
  })
}

/**
 * Where a checkout takes its card: where the subscription was sent when it was created, unless that connection is gone or
 * none was chosen then.
 */
export async function routeCheckout(
  db: Db,
  org: Org,
  chosen: { readonly provider: ProviderName | null; readonly connectionId: string | null },
  country: string | null,
): Promise<PaymentRoute> {
  const { provider, connectionId } = chosen
  if (provider !== null && connectionId === null) return { provider, connectionId }
  const connections = await listConnections(db, org.id)
  if (provider !== null && connections.some(({ id }) => id === connectionId)) return { provider, connectionId }
  return (
    chooseRoute(connections, { mode: org.mode, provider: undefined, country }) ?? {
      provider: 'commet',
      connectionId: null,
    }
  )
}
