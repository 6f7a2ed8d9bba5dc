/** A payout in the double's books. */
export type DoublePayout = {
  id: string
  object: 'payout'
  amount: number
  currency: string
  destination: string
  status: 'pending' | 'in_transit' | 'paid' | 'failed' | 'canceled'
  failure_code: string | null
  metadata: Record<string, string>
  created: number
}

type Sent = { status: number; body: unknown }

/**
 * The part of Stripe that pays out: the account of the keys with the bank accounts that were added in its dashboard, its balance,
 * and payouts, which take from what is available when they are made and give it back when they fail.
 */
export class StripePayoutsDouble {
  readonly payouts: DoublePayout[] = []
  readonly balance = { available: 0, pending: 0 }
  readonly banks = [
    { id: 'ba_double1', object: 'bank_account', bank_name: 'First Bank', last4: '6789', currency: 'usd' },
  ]
  /** What the account may do, and whether these keys may see where it pays to. */
  isEnabled = true
  showsBanks = true
  readonly #newId: (kind: string) => string

  constructor(newId: (kind: string) => string) {
    this.#newId = newId
  }

  /** What the bank did with a payout. */
  settle(id: string, status: DoublePayout['status'], failure_code: string | null = null): DoublePayout {
    const payout = this.payouts.find((one) => one.id === id)
    if (!payout) throw new Error(`Stripe has no payout ${id}`)
    if (status === 'failed') this.balance.available += payout.amount
    return Object.assign(payout, { status, failure_code })
  }

  /** The answer to a request about these resources; undefined for any other. */
  act(
    method: string,
    path: readonly string[],
    params: URLSearchParams,
    metadata: Record<string, string>,
  ): Sent | undefined {
    const [resource, id, verb] = path
    if (resource === 'account') return { status: 200, body: this.#account() }
    if (resource === 'accounts' && verb === 'external_accounts') return this.#listBanks()
    if (resource === 'balance') return { status: 200, body: this.#balance() }
    if (resource !== 'payouts') return undefined
    if (method === 'POST' && id === undefined) return this.#create(params, metadata)
    if (id === undefined) return this.#list(params)
    const payout = this.payouts.find((one) => one.id === id)
    return payout ? { status: 200, body: { ...payout } } : refusal(404, 'resource_missing', `No such payout: '${id}'`)
  }

  #account() {
    const requirements = { disabled_reason: this.isEnabled ? null : 'requirements.past_due' }
    return {
      id: 'acct_double1',
      object: 'account',
      payouts_enabled: this.isEnabled,
      default_currency: 'usd',
      requirements,
    }
  }

  #listBanks(): Sent {
    if (!this.showsBanks) return refusal(403, 'permission', 'These keys may not see external accounts.')
    return { status: 200, body: { object: 'list', has_more: false, data: this.banks } }
  }

  #balance() {
    const { available, pending } = this.balance
    const other = { amount: 99_999, currency: 'eur' }
    return {
      object: 'balance',
      available: [other, { amount: available, currency: 'usd' }],
      pending: [{ amount: pending, currency: 'usd' }],
    }
  }

  #create(params: URLSearchParams, metadata: Record<string, string>): Sent {
    const amount = Number(params.get('amount'))
    if (amount > this.balance.available)
      return refusal(400, 'balance_insufficient', 'You have insufficient funds in your Stripe account.')
    const payout: DoublePayout = {
      id: this.#newId('po'),
      object: 'payout',
      amount,
      currency: params.get('currency') ?? '',
      destination: params.get('destination') ?? 'ba_double1',
      status: 'pending',
      failure_code: null,
      metadata,
      created: Math.floor(Date.now() / 1000),
    }
    this.balance.available -= amount
    this.payouts.push(payout)
    return { status: 200, body: { ...payout } }
  }

  #list(query: URLSearchParams): Sent {
    const since = Number(query.get('created[gte]') ?? 0)
    const data = this.payouts.filter(({ created }) => created >= since).toReversed()
    return { status: 200, body: { object: 'list', has_more: false, data } }
  }
}

function refusal(status: number, code: string, message: string): Sent {
  return { status, body: { error: { type: 'invalid_request_error', code, message } } }
}
