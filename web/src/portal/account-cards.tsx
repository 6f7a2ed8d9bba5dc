import { safeLink } from '../checkout/link.ts'
import { useCardName } from '../checkout/outcomes.tsx'
import { ActionForm, usePortalAddress } from './action-form.tsx'
import { Card } from './card.tsx'
import { NewEmail } from './email-part.tsx'
import type { PortalDescription } from './portal.types.ts'
import { usePortal } from './words.ts'

/** The stored card, and a way to another one. */
export function MethodCard({ portal }: { portal: PortalDescription }) {
  const { text, locale } = usePortal()
  const cardName = useCardName()
  const { paymentMethod: card, subscription } = portal
  if (!card && !subscription?.may.updateMethod) return null
  const month = card && new Intl.DateTimeFormat(locale, { year: 'numeric', month: 'long', timeZone: 'UTC' })
  const warning =
    card?.state === 'expired' ? 'card.expired' : card?.state === 'expires_soon' ? 'card.expiresSoon' : null
  return (
    <Card id="method" title={text('card.title')}>
      {card && month ? (
        <>
          <p>{cardName(card)}</p>
          <p class="soft">
            {text('card.expires', { month: month.format(new Date(Date.UTC(card.expYear, card.expMonth - 1, 1))) })}
          </p>
        </>
      ) : (
        <p class="soft">{text('card.none')}</p>
      )}
      {warning && <p class="field-warning">{text(warning)}</p>}
      {subscription?.may.updateMethod && (
        <ActionForm action="payment-method">
          <button type="submit" class="button-quiet">
            {text(card ? 'card.replace' : 'card.add')}
          </button>
        </ActionForm>
      )}
      {portal.otherMethods.length > 0 && (
        <>
          <p class="soft">{text('card.others')}</p>
          <ul class="other-cards">
            {portal.otherMethods.map((other) => (
              <li key={other.id}>
                <ActionForm action="use-card">
                  <input type="hidden" name="paymentMethodId" value={other.id} />
                  <button type="submit" class="button-quiet">
                    {text('card.use', { card: cardName(other) })}
                  </button>
                </ActionForm>
              </li>
            ))}
          </ul>
        </>
      )}
    </Card>
  )
}

/** Name, address, tax id and purchase order as they go on invoices. */
export function DetailsCard({ portal }: { portal: PortalDescription }) {
  const { text, locale } = usePortal()
  const address = usePortalAddress()
  const { email, newEmail, fullName, taxDocument, poNumber, address: place } = portal.customer
  const country = place && new Intl.DisplayNames(locale, { type: 'region' }).of(place.country)
  const lines = place
    ? [place.line1, place.line2, [place.postalCode, place.city, place.state].filter(Boolean).join(' '), country]
    : []
  return (
    <Card id="details" title={text('details.title')}>
      <address class="address">
        {[fullName, email, ...lines].map((line, index) => line && <span key={`${index}-${line}`}>{line}</span>)}
        {taxDocument && <span>{text('details.taxId', { taxId: taxDocument })}</span>}
        {poNumber && <span>{text('details.poNumberIs', { poNumber })}</span>}
      </address>
      {!place && <p class="soft">{text('details.none')}</p>}
      {newEmail && <NewEmail newEmail={newEmail} />}
      <p class="card-ways">
        <a href={address('billing-details')}>{text('details.change')}</a>
        <a href={address('email')}>{text('email.change')}</a>
      </p>
    </Card>
  )
}

/** Invoices, newest first, each with its PDF. */
export function InvoicesCard({ portal }: { portal: PortalDescription }) {
  const { text, day, money } = usePortal()
  const address = usePortalAddress()
  return (
    <Card id="invoices" title={text('invoices.title')} class="card-wide">
      {portal.customer.taxDocument === null && (
        <p>
          <a href={address('billing-details')}>{text('invoices.company')}</a>
        </p>
      )}
      {portal.invoices.length === 0 ? (
        <p class="soft">{text('invoices.none')}</p>
      ) : (
        <ul class="invoices">
          {portal.invoices.map(({ id, number, issuedOn, total, currency, status, url }) => (
            <li key={id} class="invoice">
              <span class="invoice-day">{day(issuedOn)}</span>
              <a class="invoice-number" href={safeLink(url) ?? '#'} aria-label={text('invoices.download', { number })}>
                {number}
              </a>
              <span class="badge" data-tone={status === 'paid' ? 'good' : status === 'void' ? 'calm' : 'warn'}>
                {text(`invoice.${status}`)}
              </span>
              <span class="invoice-total">{money(total, currency)}</span>
            </li>
          ))}
        </ul>
      )}
      {portal.olderThan && (
        <p class="card-ways">
          <a href={address('', { before: portal.olderThan })}>{text('invoices.older')}</a>
        </p>
      )}
    </Card>
  )
}
