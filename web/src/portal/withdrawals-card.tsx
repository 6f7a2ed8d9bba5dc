import { safeLink } from '../checkout/link.ts'
import type { Withdrawable } from '../checkout/render.types.ts'
import { lookOf } from '../ui/look.ts'
import { usePortalPage } from './action-form.tsx'
import { Card } from './card.tsx'
import { usePortal } from './words.ts'

/** What a consumer may still withdraw from, each with the way to do it. */
export function WithdrawalsCard({ withdrawals }: { withdrawals: readonly Withdrawable[] }) {
  const { text, day, locale } = usePortal()
  const { theme } = usePortalPage()
  if (withdrawals.length === 0) return null
  const look = lookOf(locale, theme)
  return (
    <Card id="withdrawals" title={text('withdrawals.title')} class="card-wide">
      <ul class="offers">
        {withdrawals.map(({ name, lastDay, url }) => (
          <li key={url} class="offer">
            <span>{text('withdrawals.until', { name, date: day(lastDay) })}</span>
            <a href={`${safeLink(url) ?? ''}?${look}`}>{text('withdrawals.link')}</a>
          </li>
        ))}
      </ul>
    </Card>
  )
}
