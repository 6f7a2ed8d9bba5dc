import { useCardName } from '../checkout/outcomes.tsx'
import { decimalText, formatRate } from '../format/money.ts'
import { Field } from '../ui/field.tsx'
import { ActionForm, usePortalAddress, useRefusal } from './action-form.tsx'
import { Card } from './card.tsx'
import type { PortalDescription, PortalSubscription } from './portal.types.ts'
import { usePortal } from './words.ts'

type Props = { portal: PortalDescription; subscription: PortalSubscription }

/** Credits: what is left, and packs to buy more. */
export function CreditsCard({ portal, subscription }: Props) {
  const { text, count, money } = usePortal()
  const cardName = useCardName()
  const { credits, packs, may, currency } = subscription
  if (!credits) return null
  const plan = count(credits.remaining - credits.purchased)
  return (
    <Card id="credits" title={text('credits.title')}>
      <p class="figure">{text('credits.left', { count: count(credits.remaining) })}</p>
      <p class="soft">{text('credits.parts', { plan, purchased: count(credits.purchased) })}</p>
      {packs.length > 0 && (
        <ul class="offers">
          {packs.map((pack) => (
            <li key={pack.id} class="offer">
              <span>
                {text(pack.total > pack.price ? 'credits.packTaxed' : 'credits.pack', {
                  credits: count(pack.credits),
                  price: money(pack.total, currency),
                })}
              </span>
              {may.buy && (
                <ActionForm action="credit-packs" shown={{ total: pack.total, currency }}>
                  <input type="hidden" name="creditPackId" value={pack.id} />
                  <button type="submit" class="button-quiet">
                    {text('credits.buy', { name: pack.name })}
                  </button>
                </ActionForm>
              )}
            </li>
          ))}
        </ul>
      )}
      {packs.length > 0 && (
        <p class="note">
          {portal.paymentMethod ? text('buy.card', { card: cardName(portal.paymentMethod) }) : text('buy.noCard')}
        </p>
      )}
      <HistoryLink />
    </Card>
  )
}

function HistoryLink() {
  const { text } = usePortal()
  const address = usePortalAddress()
  return (
    <p class="card-ways">
      <a href={address('history')}>{text('history.link')}</a>
    </p>
  )
}

/** The prepaid balance: what is left, and a field to add to it. */
export function BalanceCard({ portal, subscription }: Props) {
  const { text, money, locale } = usePortal()
  const cardName = useCardName()
  const refusal = useRefusal('top-up')
  const { balance, may, currency } = subscription
  if (!balance) return null
  const amount = formatRate(Math.abs(balance.remaining), currency, locale)
  const { leastTopup, leastTotal } = balance
  const least = money(leastTopup, currency)
  const isWrong = refusal?.errors.some(({ field }) => field === 'amount')
  const sum = refusal?.price ?? null
  return (
    <Card id="balance" title={text('balance.title')}>
      <p class="figure">{text(balance.remaining < 0 ? 'balance.owed' : 'balance.left', { amount })}</p>
      {may.buy && portal.paymentMethod ? (
        <ActionForm action="top-up" class="card-form" {...(sum && { shown: sum })}>
          <Field
            name="amount"
            label={text('balance.amount', { currency: currency.toUpperCase() })}
            hint={[
              text('balance.hint', { least, card: cardName(portal.paymentMethod) }),
              leastTotal > leastTopup && text('balance.taxed', { amount: least, total: money(leastTotal, currency) }),
            ]
              .filter(Boolean)
              .join(' ')}
            hintBelow
            error={isWrong ? text('refused.amount', { least }) : undefined}
          >
            {(attributes) => (
              <input
                {...attributes}
                class="control control-amount"
                type="text"
                inputmode="decimal"
                autocomplete="off"
                required
                defaultValue={refusal?.values.amount ?? ''}
              />
            )}
          </Field>
          <button type="submit" class="button-quiet">
            {sum ? text('balance.pay', { total: money(sum.total, sum.currency) }) : text('balance.add')}
          </button>
        </ActionForm>
      ) : (
        <p class="note">{text('buy.noCard')}</p>
      )}
      <HistoryLink />
    </Card>
  )
}

/** The customer's own limit of what usage may add to a bill. */
export function SpendCapCard({ subscription }: { subscription: PortalSubscription }) {
  const { text, money } = usePortal()
  const refusal = useRefusal('spend-cap')
  const { spendCap, currency, may } = subscription
  if (!may.capSpend) return null
  const initial = refusal?.values.amount ?? (spendCap.own === null ? '' : decimalText(spendCap.own, currency))
  const isWrong = refusal?.errors.some(({ field }) => field === 'amount')
  const isAnothers = spendCap.inForce !== null && spendCap.inForce !== spendCap.own
  return (
    <Card id="cap" title={text('cap.title')}>
      <p class="soft">{text('cap.text')}</p>
      {isAnothers && <p class="soft">{text('cap.other', { amount: money(spendCap.inForce ?? 0, currency) })}</p>}
      <ActionForm action="spend-cap" class="card-form">
        {/* An id of its own: another form of the page asks for an amount too. */}
        <div class="field">
          <div class="field-label">
            <label for="field-cap">{text('cap.amount', { currency: currency.toUpperCase() })}</label>
          </div>
          <input
            id="field-cap"
            name="amount"
            class="control control-amount"
            type="text"
            inputmode="decimal"
            autocomplete="off"
            aria-describedby={isWrong ? 'field-cap-error' : 'field-cap-hint'}
            aria-invalid={isWrong ? 'true' : undefined}
            defaultValue={initial}
          />
          <p class={isWrong ? 'field-error' : 'field-hint'} id={isWrong ? 'field-cap-error' : 'field-cap-hint'}>
            {text(isWrong ? 'refused.cap' : 'cap.hint')}
          </p>
        </div>
        <button type="submit" class="button-quiet">
          {text('cap.save')}
        </button>
      </ActionForm>
    </Card>
  )
}
