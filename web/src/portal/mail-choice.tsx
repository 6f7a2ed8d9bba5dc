import { Outcome } from '../checkout/outcomes.tsx'
import { CheckIcon, ClockIcon } from '../ui/icons.tsx'
import { lookOf } from '../ui/look.ts'
import { MessageFrame } from '../ui/message-frame.tsx'
import { renderPage } from '../ui/render-page.tsx'
import type { MailChoiceProps } from './portal.types.ts'
import { sayIn, usePortal } from './words.ts'

/** The page that the foot of a hint leads to, without script. */
export function renderMailChoice(props: MailChoiceProps): string {
  return renderPage(props, sayIn(props.locale, props.isWanted ? 'mails.on' : 'mails.off'), <MailChoice {...props} />)
}

function MailChoice({ theme, token, isWanted, organisation }: MailChoiceProps) {
  const { text, locale } = usePortal()
  return (
    <MessageFrame theme={theme}>
      <Outcome
        tone={isWanted ? 'calm' : 'good'}
        icon={isWanted ? <ClockIcon /> : <CheckIcon />}
        title={text(isWanted ? 'mails.on' : 'mails.off')}
      >
        <p class="outcome-lead">{text(isWanted ? 'mails.onText' : 'mails.offText', { organisation })}</p>
        <form method="post" action={`/mails/${encodeURIComponent(token)}?${lookOf(locale, theme)}`}>
          <input type="hidden" name="hints" value={isWanted ? 'off' : 'on'} />
          <button type="submit" class={isWanted ? 'button' : 'button-quiet'}>
            {text(isWanted ? 'mails.stop' : 'mails.start')}
          </button>
        </form>
      </Outcome>
    </MessageFrame>
  )
}
