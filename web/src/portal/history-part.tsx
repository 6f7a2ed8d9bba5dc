import { formatRate } from '../format/money.ts'
import { usePortalAddress } from './action-form.tsx'
import { Card } from './card.tsx'
import type { PortalHistoryDescription } from './portal.types.ts'
import { usePortal } from './words.ts'

/** What came into credits or a balance and what went out, newest first. */
export function HistoryPart({ history }: { history: PortalHistoryDescription }) {
  const { text, day, count, locale } = usePortal()
  const address = usePortalAddress()
  const { model, currency, entries, olderThan } = history
  const amount = (value: number) => (model === 'balance' ? formatRate(value, currency ?? 'usd', locale) : count(value))
  const signed = (value: number) => (value > 0 ? `+${amount(value)}` : amount(value))
  return (
    <Card id="history" title={text(model === 'balance' ? 'history.balance' : 'history.credits')} class="card-wide">
      {entries.length === 0 ? (
        <p class="soft">{text('history.none')}</p>
      ) : (
        <table class="history">
          <thead>
            <tr>
              <th scope="col">{text('history.what')}</th>
              <th scope="col">{text('history.change')}</th>
              <th scope="col">{text('history.after')}</th>
            </tr>
          </thead>
          <tbody>
            {entries.map(({ on, kind, change, after }, index) => (
              <tr key={`${on}-${index}`}>
                <td>
                  {text(`history.${kind}`)} <span class="soft history-day">{day(on)}</span>
                </td>
                <td>{signed(change)}</td>
                <td>{amount(after)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {olderThan !== null && (
        <p class="card-ways">
          <a href={address('history', { before: String(olderThan) })}>{text('history.older')}</a>
        </p>
      )}
    </Card>
  )
}
