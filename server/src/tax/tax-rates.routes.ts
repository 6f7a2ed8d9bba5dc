import { type Route, route } from '#http/operation.ts'
import { findTaxRates } from '#tax/actions/find-tax-rates.ts'
import { removeTaxRates, setTaxRates } from '#tax/actions/set-tax-rates.ts'
import { shippedDataSet } from '#tax/shipped-rates.ts'
import { placeKey, rateOfPercentage } from '#tax/tax-rate.ts'
import * as contract from '#tax/tax-rates.contract.ts'
import { toApiRateChange, toApiTaxRates } from '#tax/tax-rates.view.ts'

export const taxRateRoutes: Route[] = [
  route(contract.listTaxRates, async (db, { org, today }, { query }) => {
    const { limit, cursor = '', country, on = today } = query
    const found = (await findTaxRates(db, org.id, { on, country })).filter((rates) => placeKey(rates) > cursor)
    const page = found.slice(0, limit)
    const last = page.at(-1)
    return {
      items: page.map((rates) => toApiTaxRates(rates, org.livemode, shippedDataSet)),
      next: last && found.length > limit ? placeKey(last) : null,
    }
  }),
  route(contract.setTaxRates, async (tx, context, { body }) => {
    // The contract lets no other percentage through.
    const rates = body.rates.map(({ name, percentage }) => ({ name, rate: rateOfPercentage(percentage) ?? 0n }))
    return toApiRateChange(await setTaxRates(tx, context, { ...body, rates }), context.org.livemode)
  }),
  route(contract.removeTaxRates, async (tx, context, { body }) =>
    toApiRateChange(await removeTaxRates(tx, context, body), context.org.livemode),
  ),
]
