import type { Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { moveVersion } from '#organisations/sides.store.ts'
import { Problem } from '#problem.ts'
import { changeInForce, type Place, placeKey, type TaxRate } from '#tax/tax-rate.ts'
import { insertRateChange, loadOwnRates, type RecordedRateChange } from '#tax/tax-rates.store.ts'

type Setter = Pick<Context, 'org' | 'now' | 'today'>
export type RateSetting = Place & {
  /** From which UTC day on; today when absent. */
  readonly validFrom?: Temporal.PlainDate | undefined
}

/** Sets an organisation's own taxes at a place from a day on. Earlier ones are kept, and so is every invoice that was issued. */
export async function setTaxRates(
  tx: Tx,
  context: Setter,
  setting: RateSetting & { readonly rates: readonly TaxRate[] },
): Promise<RecordedRateChange> {
  return addChange(tx, context, setting, setting.rates)
}

/** Ends an organisation's own taxes at a place from a day on. 404 not_found when there are none then. */
export async function removeTaxRates(tx: Tx, context: Setter, setting: RateSetting): Promise<RecordedRateChange> {
  const day = setting.validFrom ?? context.today
  const own = (await loadOwnRates(tx, context.org.id)).get(placeKey(setting)) ?? []
  if (!changeInForce(own, day)?.rates) {
    throw new Problem('not_found', `${placeKey(setting)} has no tax rates of your own that could end then.`)
  }
  return addChange(tx, context, setting, null)
}

async function addChange(
  tx: Tx,
  { org, now, today }: Setter,
  { country, region, validFrom = today }: RateSetting,
  rates: readonly TaxRate[] | null,
): Promise<RecordedRateChange> {
  const revision = await moveVersion(tx, org.id)
  const change = { country, region, revision, validFrom, rates, createdAt: now }
  await insertRateChange(tx, org.id, change)
  return change
}
