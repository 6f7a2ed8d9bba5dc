import assert from 'node:assert/strict'
import type { Story } from '../billing-stories.ts'
import type { Act } from './acts.ts'
import { accessTo, check } from './answers.ts'
import { dayOf } from './calendar.ts'
import { type Code, codes, ModelCustomer, type ModelPlan, type Outcome, unit } from './customer.ts'
import type { CatalogueState, ModelTerms } from './terms.ts'

const types = { calls: 'usage', members: 'seats', guests: 'seats', sites: 'quota' } as const
const pack = { credits: 15n, price: 1_200n }
let packId = ''

type Ids = { readonly plan: string; readonly price: string; readonly subscription: string }

/** One customer's life, in the product and in the model at once; after every act both are compared. */
export class Sequence {
  readonly #story: Story
  readonly #model: ModelCustomer
  readonly #customer: string
  readonly #ids: Ids
  #acts = 0

  private constructor(story: Story, model: ModelCustomer, customer: string, ids: Ids) {
    this.#story = story
    this.#model = model
    this.#customer = customer
    this.#ids = ids
  }

  /** What all sequences of a world share. */
  static async prepare({ world }: Story): Promise<void> {
    for (const code of codes) await world.client.features.create({ code, name: code, type: types[code] })
    const { data } = await world.client.creditPacks.create({
      name: 'Fifteen',
      credits: Number(pack.credits),
      price: Number(pack.price),
    })
    assert(data)
    packId = data.id
  }

  static async begin(story: Story, plan: ModelPlan, customer: string): Promise<Sequence> {
    const { client } = story.world
    const code = customer.replace('-', '_')
    const isFree = plan.interval === 'free'
    const { data } = await client.plans.create({
      code,
      name: 'Plan',
      isFree,
      consumptionModel: plan.model,
      blockOnExhaustion: plan.blocks,
    })
    assert(data)
    for (const feature of codes) {
      await client.plans.addFeature({
        id: data.id,
        featureId: feature,
        ...settings(feature, plan, plan.features[feature]),
      })
    }
    const { data: price } = await client.plans.addPrice({
      id: data.id,
      billingInterval: plan.interval === 'free' ? 'monthly' : plan.interval,
      price: isFree ? 0 : Number(plan.base),
      ...(plan.model === 'credits' ? { includedCredits: Number(plan.includedCredits) } : {}),
      ...(plan.model === 'balance' ? { includedBalance: Number(plan.includedBalance) } : {}),
    })
    assert(price)
    const subscription = await story.join(customer, code)
    const now = Date.parse((await client.testClock.get()).data?.now ?? '')
    const model = new ModelCustomer(plan, dayOf(new Date(now).toISOString()), now)
    return new Sequence(story, model, customer, { plan: data.id, price: price.id, subscription })
  }

  async carryOut(act: Act): Promise<void> {
    this.#acts += 1
    const where = `act ${this.#acts}, ${shortly(act)}`
    if (act.kind === 'check') await this.#check(act.value, where)
    else {
      const [expected, got] = [this.#expect(act), await this.#do(act)]
      assert.equal(got, expected, where)
    }
    await this.#compare(where)
  }

  /** Bills what is due, ends the subscription and compares a last time. */
  async end(): Promise<void> {
    await this.#story.bill()
    this.#model.bill()
    await this.#story.cancel(this.#customer, { immediate: true })
    this.#model.end()
    await this.#compareBooks('the end')
    await this.#compareInvoices('the end')
  }

  #expect(act: Exclude<Act, { kind: 'check' }>): Outcome {
    const model = this.#model
    switch (act.kind) {
      case 'track': {
        const at = act.hoursAgo === undefined ? undefined : model.now - act.hoursAgo * 3_600_000
        return model.track(act.value, { key: keyOf(this.#customer, act.key), at })
      }
      case 'setTotal':
        return model.setTotal(act.value, keyOf(this.#customer, act.key))
      case 'add':
        return model.hold({ [act.code]: (held: bigint) => held + act.count })
      case 'set':
        return model.hold({ [act.code]: () => act.count })
      case 'remove':
        return model.hold({ [act.code]: (held: bigint) => held - act.count })
      case 'setAll':
        return model.hold({ members: () => act.members, guests: () => act.guests })
      case 'adjust':
        return model.adjust(act.amount)
      case 'purchase':
        return model.purchase(pack.credits, pack.price)
      case 'fund':
        // Prices are those of the day on which billing runs: what is due comes first.
        model.bill()
        return model.fund(act.included)
      case 'topUp':
        return model.topUp(act.amount)
      case 'wait':
        model.now += act.days * 86_400_000
        if (act.isBilled) model.bill()
        return 'done'
      case 'change':
        model.change(act.code, act.state)
        return 'done'
      default:
        return act satisfies never
    }
  }

  async #do(act: Exclude<Act, { kind: 'check' }>): Promise<Outcome> {
    const customerId = this.#customer
    const subscription = `/subscriptions/${this.#ids.subscription}`
    switch (act.kind) {
      case 'track': {
        // The model has not moved its clock in the meantime.
        const at = act.hoursAgo === undefined ? undefined : this.#model.now - act.hoursAgo * 3_600_000
        return this.#ask('POST', '/usage/events', {
          customerId,
          feature: 'calls',
          value: Number(act.value) / Number(unit),
          ...(at === undefined ? {} : { timestamp: new Date(at).toISOString() }),
          ...(act.key === undefined ? {} : { idempotencyKey: keyOf(customerId, act.key) }),
        })
      }
      case 'setTotal':
        return this.#ask('PUT', '/usage', {
          customerId,
          feature: 'calls',
          value: Number(act.value) / Number(unit),
          ...(act.key === undefined ? {} : { idempotencyKey: keyOf(customerId, act.key) }),
        })
      case 'add':
      case 'set':
      case 'remove': {
        const method = { add: 'POST', set: 'PUT', remove: 'DELETE' }[act.kind]
        const path = types[act.code] === 'quota' ? '/usage/quota' : '/seats'
        return this.#ask(method, path, { customerId, featureCode: act.code, count: Number(act.count) })
      }
      case 'setAll':
        return this.#ask('PUT', '/seats/bulk', {
          customerId,
          seats: { members: Number(act.members), guests: Number(act.guests) },
        })
      case 'adjust':
        return this.#ask('POST', `${subscription}/balance/adjust`, { amount: Number(act.amount) })
      case 'purchase':
        return this.#ask('POST', `${subscription}/credits`, { creditPackId: packId })
      case 'fund': {
        await this.#story.bill()
        if (this.#model.plan.model === 'metered') return 'done'
        const name = this.#model.plan.model === 'credits' ? 'includedCredits' : 'includedBalance'
        const path = `/plans/${this.#ids.plan}/prices/${this.#ids.price}`
        return this.#ask('PUT', path, { [name]: Number(act.included) })
      }
      case 'topUp':
        return this.#ask('POST', `${subscription}/balance/topup`, { amount: Number(act.amount) })
      case 'wait':
        await this.#story.world.client.testClock.advance({ advanceDays: act.days })
        if (act.isBilled) await this.#story.bill()
        return 'done'
      case 'change':
        return this.#change(act.code, act.state)
      default:
        return act satisfies never
    }
  }

  async #change(code: Code, state: CatalogueState): Promise<Outcome> {
    const path = `/plans/${this.#ids.plan}/features`
    // The model knows the new state already, the plan does not.
    const isThere = this.#isOnPlan.has(code)
    if (state === 'absent') {
      this.#isOnPlan.delete(code)
      return isThere ? this.#ask('DELETE', `${path}/${code}`, {}) : 'done'
    }
    this.#isOnPlan.add(code)
    const body = settings(code, this.#model.plan, state)
    return isThere ? this.#ask('PUT', `${path}/${code}`, body) : this.#ask('POST', path, { featureId: code, ...body })
  }

  readonly #isOnPlan = new Set<Code>(codes)

  async #ask(method: string, path: string, body: unknown): Promise<Outcome> {
    const answer = await this.#story.world.request(method, `/api/v1${path}`, { body })
    return answer.status < 300 ? 'done' : (answer.body.error?.code ?? `status ${answer.status}`)
  }

  async #check(value: bigint, where: string): Promise<void> {
    const expected = check(this.#model, value)
    const { status, body } = await this.#story.world.request('POST', '/api/v1/usage/check', {
      body: { customerId: this.#customer, featureCode: 'calls', quantity: Number(value) / Number(unit) },
    })
    const got = status < 300 ? pick(body.data, Object.keys(expected)) : { refused: body.error.code }
    const denial = status < 300 && body.data.allowed === false ? { reason: body.data.reason } : {}
    assert.deepEqual({ ...got, ...denial }, expected, where)
  }

  async #compare(where: string): Promise<void> {
    await this.#compareAccess(where)
    await this.#compareBooks(where)
    await this.#compareInvoices(where)
  }

  async #compareAccess(where: string): Promise<void> {
    const { world } = this.#story
    const { body } = await world.request('GET', `/api/v1/feature-access?customerId=${this.#customer}`)
    const got = Object.fromEntries(
      body.data.map(({ name: _, type: __, object: ___, livemode: ____, ...access }: Record<string, unknown>) => [
        access.code,
        access,
      ]),
    )
    const expected = Object.fromEntries(
      codes.flatMap((code) => {
        const access = accessTo(this.#model, code)
        return access ? [[code, access]] : []
      }),
    )
    assert.deepEqual(got, expected, `${where}: the list of features`)
    const code = codes[this.#acts % codes.length] ?? 'calls'
    const one = await world.request('GET', `/api/v1/feature-access/${code}?customerId=${this.#customer}&action=canUse`)
    const { name: _, type: __, object: ___, livemode: ____, ...access } = one.body.data
    const nothing = { code, allowed: false, willBeCharged: false, reason: 'feature_not_in_plan' }
    assert.deepEqual(access, accessTo(this.#model, code, true) ?? nothing, `${where}: may they use one more of ${code}`)
  }

  async #compareBooks(where: string): Promise<void> {
    const { rows } = await this.#story.world.database.pool.query(booksStatement, [
      this.#story.world.orgId,
      this.#ids.subscription,
    ])
    const { counters, events, pots, sums, booked } = rows[0]
    const totals = [...this.#model.totals].sort(([a], [b]) => a - b)
    const expected = totals.map(([window, { total, events }]) => `${window + 1}: ${decimal(total)} in ${events}`)
    assert.deepEqual(events, expected, `${where}: the events`)
    assert.deepEqual(counters, expected, `${where}: the counters`)
    if (this.#model.plan.model === 'metered') {
      assert.equal(pots, null)
      return
    }
    const { plan, purchased, balance } = this.#model.pots
    assert.equal(pots, `${plan} ${purchased} ${balance}`, `${where}: the account`)
    assert.equal(sums, pots, `${where}: the entries add up to the account`)
    const kinds = Object.entries(this.#model.booked).filter(([, sum]) => sum !== 0n)
    const told = kinds.map(([kind, sum]) => `${kind} ${sum}`).sort()
    assert.deepEqual(booked, told, `${where}: the entries by kind`)
  }

  async #compareInvoices(where: string): Promise<void> {
    const { rows } = await this.#story.world.database.pool.query<{ told: string }>(invoicesStatement, [
      this.#story.world.orgId,
      this.#ids.subscription,
    ])
    const told = rows.map((row) => row.told)
    assert.deepEqual(told, this.#model.invoices, `${where}: the invoices`)
  }
}

const booksStatement = `
  select
    array(select window_number || ': ' || trim_scale(total) || ' in ' || events from usage_counter
      where org_id = $1 and subscription_id = $2 and events > 0 order by window_number) as counters,
    array(select window_number || ': ' || trim_scale(sum(quantity)) || ' in ' || count(*) from usage_event
      where org_id = $1 and subscription_id = $2 group by window_number order by window_number) as events,
    (select concat_ws(' ', plan_credits, purchased_credits, balance) from ledger_account
      where org_id = $1 and subscription_id = $2) as pots,
    (select concat_ws(' ', coalesce(sum(plan_credits), 0), coalesce(sum(purchased_credits), 0), coalesce(sum(balance), 0))
      from ledger_entry where org_id = $1 and subscription_id = $2) as sums,
    array(select kind || ' ' || sum(plan_credits + purchased_credits + balance) from ledger_entry
      where org_id = $1 and subscription_id = $2 group by kind having sum(plan_credits + purchased_credits + balance) <> 0
      order by kind collate "C") as booked`

const invoicesStatement = `
  select concat(i.type, ' ', i.period_start, '..', i.period_end, ' ', i.total, ' = ', (
    select string_agg(concat(
      l.feature_name || ' ', case l.charge_type when 'standard' then l.line_type else l.charge_type end,
      ' ', trim_scale(l.quantity), ' for ', l.amount), ' + ' order by concat(
      l.feature_name || ' ', case l.charge_type when 'standard' then l.line_type else l.charge_type end,
      ' ', trim_scale(l.quantity), ' for ', l.amount) collate "C")
    from invoice_line l where l.org_id = i.org_id and l.invoice_id = i.id)) as told
  from invoice i where i.org_id = $1 and i.subscription_id = $2 order by i.number`

function settings(code: Code, plan: ModelPlan, terms: ModelTerms) {
  const isPriced = code !== 'calls' || plan.model !== 'credits'
  return {
    enabled: terms.enabled,
    includedAmount: Number(terms.included) / Number(unit),
    unlimited: terms.unlimited,
    ...(isPriced ? { overage: { enabled: terms.overage, unitPrice: Number(terms.price) } } : {}),
    ...(code === 'calls' && plan.model === 'credits' ? { creditsPerUnit: Number(terms.credits) } : {}),
  }
}

const keyOf = (customer: string, key: number | undefined) => (key === undefined ? undefined : `${customer} ${key}`)

function decimal(millionths: bigint): string {
  const text = `${millionths / unit}.${(millionths % unit).toString().padStart(6, '0')}`
  return text.replace(/\.?0+$/, '')
}

function pick(data: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => name in data).map((name) => [name, data[name]]))
}

function shortly(act: Act): string {
  return JSON.stringify(act, (_, value) => (typeof value === 'bigint' ? Number(value) : value))
}
