import { formatRate } from '../format/money.ts'
import { Facts } from '../ui/facts.tsx'
import { Field } from '../ui/field.tsx'
import { ActionForm, usePortalAddress, usePortalPage, useRefusal } from './action-form.tsx'
import { Card } from './card.tsx'
import type { PortalDescription, PortalSeats, PortalSeatsDescription } from './portal.types.ts'
import { usePortal } from './words.ts'

type Props = { portal: PortalDescription; seats: PortalSeatsDescription }

/** Seats of the plan, each with a field for how many; a number that is chosen is shown with what it bills before it is so. */
export function SeatsPart({ portal, seats }: Props) {
  const { text } = usePortal()
  if (seats.preview) return <Preview portal={portal} seats={seats} preview={seats.preview} />
  if (seats.features.length === 0) {
    return (
      <Card id="seats" title={text('seats.title')}>
        <p class="soft">{text('seats.none')}</p>
      </Card>
    )
  }
  return (
    <>
      {seats.features.map((feature) =>
        feature.inPlan ? (
          <Feature key={feature.code} portal={portal} seats={seats} feature={feature} />
        ) : (
          <LostFeature key={feature.code} feature={feature} />
        ),
      )}
    </>
  )
}

function Feature({ portal, seats, feature }: Props & { feature: PortalSeats }) {
  const { text, count, locale } = usePortal()
  const { token, theme } = usePortalPage()
  const { code, name, current, included, unlimited, unitPrice } = feature
  const { currency } = seats
  const interval = seats.billingInterval ?? 'monthly'
  const beyond =
    unlimited || !currency
      ? null
      : unitPrice === null
        ? text('seats.noMore')
        : unitPrice === 0
          ? text('seats.free')
          : text(`seats.each.${interval}`, { price: formatRate(unitPrice, currency, locale) })
  return (
    <Card id={`seats-${code}`} title={name}>
      <p class="figure">{text('seats.held', { count: count(current) })}</p>
      <p class="soft">
        {unlimited ? text('seats.unlimited') : text('seats.included', { count: count(included) })} {beyond}
      </p>
      {portal.subscription?.status === 'past_due' && <p class="field-warning">{text('seats.pastDue')}</p>}
      <form method="get" action={`/portal/${encodeURIComponent(token)}/seats`} class="card-form">
        <input type="hidden" name="locale" value={locale} />
        {theme !== 'auto' && <input type="hidden" name="theme" value={theme} />}
        <CountField
          code={code}
          label={text('seats.count')}
          initial={String(current)}
          refused={{ included_limit_reached: text('refused.seatLimit', { count: count(included) }) }}
        />
        <button type="submit" class="button">
          {text('seats.preview')}
        </button>
      </form>
    </Card>
  )
}

/** Seats of an earlier plan, which can only be given back. */
function LostFeature({ feature: { code, name, current } }: { feature: PortalSeats }) {
  const { text, count } = usePortal()
  return (
    <Card id={`seats-${code}`} title={name}>
      <p class="figure">{text('seats.held', { count: count(current) })}</p>
      <p class="soft">{text('seats.lost')}</p>
      <ActionForm action="seats" class="card-form">
        <CountField
          code={code}
          label={text('seats.keep')}
          initial="0"
          refused={{ feature_not_in_plan: text('refused.feature_not_in_plan') }}
        />
        <button type="submit" class="button">
          {text('seats.giveBack')}
        </button>
      </ActionForm>
    </Card>
  )
}

type CountFieldProps = {
  code: string
  label: string
  initial: string
  /** What refusals mean that only this form meets, by their code. */
  refused: Readonly<Record<string, string>>
}

/** How many seats of a feature. What was refused stands there again as it was typed. */
function CountField({ code, label, initial, refused }: CountFieldProps) {
  const { text } = usePortal()
  const refusal = useRefusal('seats')
  const own = refusal?.values.featureCode === code ? refusal : undefined
  const errors: Readonly<Record<string, string>> = { ...refused, validation_error: text('refused.seats') }
  return (
    <>
      <input type="hidden" name="featureCode" value={code} />
      <Field name={`count-${code}`} label={label} error={own && errors[own.code]}>
        {(attributes) => (
          <input
            {...attributes}
            name="count"
            class="control control-amount"
            type="text"
            inputmode="numeric"
            autocomplete="off"
            required
            defaultValue={own ? (own.values.count ?? '') : initial}
          />
        )}
      </Field>
    </>
  )
}

type PreviewProps = Props & { preview: NonNullable<PortalSeatsDescription['preview']> }

function Preview({ portal, seats, preview }: PreviewProps) {
  const { text, count, money, day } = usePortal()
  const address = usePortalAddress()
  const { code, name, from, to, thisPeriod, nextPeriod } = preview
  const currency = seats.currency ?? ''
  const endsOn = portal.subscription?.endsOn
  const changesOn = portal.subscription?.scheduledChange
  const isSame = from === to
  const change = { name, from: count(from), to: count(to) }
  return (
    <Card id="seats" title={text(isSame ? 'seats.same' : 'seats.heading', change)}>
      {!isSame && (
        <>
          <p>{text(to > from ? 'seats.atOnce' : 'seats.atOnceFewer')}</p>
          <Facts
            rows={[
              [text('seats.today'), money(0, currency)],
              [
                thisPeriod ? text('seats.rest', { date: day(thisPeriod.on) }) : '',
                thisPeriod && money(thisPeriod.amount, currency),
              ],
              [
                nextPeriod ? text('seats.next', { date: day(nextPeriod.on) }) : '',
                nextPeriod &&
                  (nextPeriod.before === nextPeriod.after
                    ? text('seats.unchanged')
                    : text('seats.fromTo', {
                        before: money(nextPeriod.before, currency),
                        after: money(nextPeriod.after, currency),
                      })),
              ],
            ]}
          />
          <p class="note">
            {to > from && !thisPeriod && text('seats.covered')} {to < from && text('seats.noRefund')}{' '}
            {(thisPeriod || nextPeriod) && text('seats.tax')}{' '}
            {changesOn && !endsOn && text('seats.changes', { plan: changesOn.name })}
          </p>
        </>
      )}
      <div class="choices">
        {!isSame && (
          <ActionForm action="seats">
            <input type="hidden" name="featureCode" value={code} />
            <input type="hidden" name="count" value={String(to)} />
            <button type="submit" class="button">
              {text('seats.confirm', change)}
            </button>
          </ActionForm>
        )}
        <a class="button button-second" href={address('seats')}>
          {text('seats.other')}
        </a>
      </div>
    </Card>
  )
}
