import type * as z from 'zod'
import { cautionOf, percentageOf, type RatesInForce, type TaxRate } from '#tax/tax-rate.ts'
import type { TaxRateChange, TaxRates } from '#tax/tax-rates.contract.ts'
import type { RecordedRateChange } from '#tax/tax-rates.store.ts'

export function toApiTaxRates(
  { country, region, rates, source, since }: RatesInForce,
  livemode: boolean,
  shippedDataSet: string,
): z.output<typeof TaxRates> {
  return {
    country,
    region,
    rates: rates.map(toApiRate),
    source,
    validFrom: since,
    dataSet: source === 'shipped' ? shippedDataSet : null,
    note: cautionOf({ country, source }),
    object: 'tax_rates',
    livemode,
  }
}

export function toApiRateChange(
  { country, region, rates, validFrom, createdAt }: RecordedRateChange,
  livemode: boolean,
): z.output<typeof TaxRateChange> {
  return {
    country,
    region,
    rates: rates?.map(toApiRate) ?? null,
    validFrom,
    createdAt,
    object: 'tax_rate_change',
    livemode,
  }
}

function toApiRate({ name, rate }: TaxRate) {
  return { name, percentage: percentageOf(rate) }
}
