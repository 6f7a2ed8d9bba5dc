import { Outcome } from '../checkout/outcomes.tsx'
import { CheckIcon, ClockIcon } from '../ui/icons.tsx'
import { lookOf } from '../ui/look.ts'
import { MessageFrame } from '../ui/message-frame.tsx'
import { renderPage } from '../ui/render-page.tsx'
import type { PortalEndedProps } from './portal.types.ts'
import { sayIn, usePortal } from './words.ts'

/** What a link shows whose session has ended: a way to a new one. */
export function renderPortalEnded(props: PortalEndedProps): string {
  return renderPage(props, sayIn(props.locale, props.isSent ? 'ended.sent' : 'ended.page'), <PortalEnded {...props} />)
}

function PortalEnded({ theme, token, isSent }: PortalEndedProps) {
  const { text, locale } = usePortal()
  return (
    <MessageFrame theme={theme}>
      <Outcome
        tone={isSent ? 'good' : 'calm'}
        icon={isSent ? <CheckIcon /> : <ClockIcon />}
        title={text(isSent ? 'ended.sent' : 'ended.page')}
      >
        <p class="outcome-lead">{text(isSent ? 'ended.sentText' : 'ended.pageText')}</p>
        {!isSent && (
          <form method="post" action={`/portal/${encodeURIComponent(token)}/new-link?${lookOf(locale, theme)}`}>
            <button type="submit" class="button">
              {text('ended.send')}
            </button>
          </form>
        )}
      </Outcome>
    </MessageFrame>
  )
}
