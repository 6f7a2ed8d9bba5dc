import { Outcome } from '../checkout/outcomes.tsx'
import { CheckIcon, ClockIcon } from '../ui/icons.tsx'
import { lookOf } from '../ui/look.ts'
import { MessageFrame } from '../ui/message-frame.tsx'
import { renderPage } from '../ui/render-page.tsx'
import type { EmailChangeProps } from './portal.types.ts'
import { sayIn, usePortal } from './words.ts'

/** What the link in a mail shows that asks whether a new address is right. */
export function renderEmailChange(props: EmailChangeProps): string {
  return renderPage(props, sayIn(props.locale, `email.${props.standing}`), <EmailChange {...props} />)
}

function EmailChange({ theme, token, standing, email, organisation }: EmailChangeProps) {
  const { text, locale } = usePortal()
  return (
    <MessageFrame theme={theme}>
      <Outcome
        tone={standing === 'confirmed' ? 'good' : 'calm'}
        icon={standing === 'confirmed' ? <CheckIcon /> : <ClockIcon />}
        title={text(`email.${standing}`)}
      >
        <p class="outcome-lead">{text(`email.${standing}Text`, { email, organisation })}</p>
        {standing === 'waiting' && (
          <form method="post" action={`/email/${encodeURIComponent(token)}?${lookOf(locale, theme)}`}>
            <button type="submit" class="button">
              {text('email.confirm')}
            </button>
          </form>
        )}
      </Outcome>
    </MessageFrame>
  )
}
