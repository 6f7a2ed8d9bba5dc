import assert from 'node:assert/strict'
import type { Story } from './billing-stories.ts'
import type { World } from './world.ts'

export type SoldFeature = {
  /** Code of the feature that it gives, made here. */
  readonly feature: string
  readonly type?: 'boolean' | 'usage' | 'seats' | 'quota'
  readonly model?: 'boolean' | 'metered' | 'credits' | 'balance'
  /** Minor units. */
  readonly price?: number
  readonly included?: number
  /** Rate scale. */
  readonly beyond?: number
  readonly creditCost?: number
}

/** An add-on with the feature it sells. */
export async function sell({ client }: World, sold: SoldFeature): Promise<{ id: string; slug: string }> {
  const { feature, type = 'boolean', model = type === 'boolean' ? 'boolean' : 'metered', price = 1000 } = sold
  await client.features.create({ code: feature, name: feature, type })
  const { data } = await client.addons.create({
    name: feature,
    basePrice: price,
    featureId: feature,
    consumptionModel: model,
    ...(sold.included === undefined ? {} : { includedUnits: sold.included }),
    ...(sold.beyond === undefined ? {} : { overageRate: sold.beyond }),
    ...(sold.creditCost === undefined ? {} : { creditCost: sold.creditCost }),
  })
  assert(data)
  return data
}

/** Activates an add-on for a customer of a story. Gives what the rest of the period cost. */
export async function activate(story: Story, customer: string, addonId: string): Promise<number> {
  const { id } = await story.subscription(customer)
  const { data } = await story.world.client.subscriptions.activateAddon({ id, addonId })
  assert(data)
  return data.proratedCharge
}

export async function deactivate(story: Story, customer: string, addonId: string): Promise<void> {
  const { id } = await story.subscription(customer)
  await story.world.client.subscriptions.deactivateAddon({ id, addonId })
}

/** The slugs of a customer's active add-ons. */
export async function activeAddons({ world }: Story, customerId: string): Promise<string[]> {
  const { data } = await world.client.addons.listActive({ customerId })
  return (data ?? []).map(({ slug }) => slug)
}
