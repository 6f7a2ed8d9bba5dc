import assert from 'node:assert/strict'
import { Story } from './billing-stories.ts'
import type { Answer } from './world.ts'

/** A story in which customers change between plans of one group. */
export class ChangeStory extends Story {
  #group = ''

  static override async on(day: string, options: Parameters<typeof Story.on>[1] = {}): Promise<ChangeStory> {
    const story = new ChangeStory((await Story.on(day, options)).world)
    return story
  }

  /** Puts plans into the story's group, lowest first. */
  async group(...planIds: readonly string[]): Promise<void> {
    const { client } = this.world
    if (this.#group === '') this.#group = (await client.planGroups.create({ name: 'Plans' })).data?.id ?? ''
    for (const planId of planIds) await client.planGroups.addPlan({ id: this.#group, planId })
  }

  /** Adds a seats feature to a plan: units included, and the price of one beyond on the rate scale. */
  async seats(planId: string, included: number, beyond?: number): Promise<void> {
    const { client } = this.world
    await client.features.create({ code: 'seats', name: 'Seats', type: 'seats' }).catch(() => undefined)
    await client.plans.addFeature({
      id: planId,
      featureId: 'seats',
      includedAmount: included,
      ...(beyond === undefined ? {} : { overage: { enabled: true, unitPrice: beyond } }),
    })
  }

  async hold(customer: string, seats: number): Promise<void> {
    await this.world.client.seats.set({ customerId: customer, featureCode: 'seats', count: seats })
  }

  async change(customer: string, body: Record<string, unknown>, key?: string): Promise<Answer> {
    const { id } = await this.subscription(customer)
    return this.world.request('POST', `/api/v1/subscriptions/${id}/change-plan`, {
      body,
      ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
    })
  }

  async preview(customer: string, planId: string, billingInterval?: string): Promise<Answer> {
    const { id } = await this.subscription(customer)
    const body = { planId, ...(billingInterval === undefined ? {} : { billingInterval }) }
    return this.world.request('POST', `/api/v1/subscriptions/${id}/preview-change`, { body })
  }

  /** Changes at once, after a preview that has to say the same; gives the billing of the answer. */
  async changeNow(customer: string, planId: string, billingInterval?: string) {
    const preview = await this.preview(customer, planId, billingInterval)
    assert.equal(preview.status, 200, JSON.stringify(preview.body))
    const changed = await this.change(customer, { newPlanId: planId, newBillingInterval: billingInterval })
    assert.equal(changed.status, 200, JSON.stringify(changed.body))
    const { billing, currentPlan } = changed.body.data
    const { currentPlanCredit, newPlanCharge, estimatedTotal } = preview.body.data
    assert.deepEqual(
      { currentPlanCredit, newPlanCharge, estimatedTotal },
      {
        currentPlanCredit: billing.credit,
        newPlanCharge: currentPlan.price,
        estimatedTotal: billing.totalCharged,
      },
    )
    return billing
  }

  /** Every line of an invoice is explained, and comes to what the invoice says. */
  async assertExplained(customer: string): Promise<void> {
    const { body } = await this.world.request('GET', `/api/v1/invoices?customerId=${customer}&limit=100`)
    for (const { id, invoiceNumber } of body.data) {
      const { body: explained } = await this.world.request('GET', `/api/v1/invoices/${id}/explain`)
      for (const line of explained.data.lines) {
        assert.equal(line.matches, true, `${invoiceNumber}: ${JSON.stringify(line)}`)
      }
    }
  }
}

/** `code status` of a refusal. */
export function refusal({ status, body }: Answer): string {
  return `${status} ${body.error?.code}`
}
