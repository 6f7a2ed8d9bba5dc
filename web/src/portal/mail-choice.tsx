import { renderToString } from 'preact-render-to-string'
import { Outcome } from '../checkout/outcomes.tsx'
import { LanguageContext } from '../text/language.ts'
import { messagesIn } from '../text/messages.ts'
import { htmlDocument } from '../ui/html-document.ts'
import { CheckIcon, ClockIcon } from '../ui/icons.tsx'
import { PageFooter } from '../ui/page-footer.tsx'
import type { MailChoiceProps } from './portal.types.ts'
import { sayIn, usePortal } from './words.ts'

/** The page that the foot of a hint leads to, without script. */
export function renderMailChoice(props: MailChoiceProps): string {
  const { assets, locale, theme, isWanted } = props
  return htmlDocument({
    locale,
    theme,
    assets,
    title: sayIn(locale, isWanted ? 'mails.on' : 'mails.off'),
    body: renderToString(
      <LanguageContext.Provider value={{ locale, messages: messagesIn(locale) }}>
        <MailChoice {...props} />
      </LanguageContext.Provider>,
    ),
  })
}

function MailChoice({ theme, token, isWanted, organisation }: MailChoiceProps) {
  const { text, locale } = usePortal()
  const look = new URLSearchParams({ locale, ...(theme === 'auto' ? {} : { theme }) })
  return (
    <div class="page page-message">
      <main class="message">
        <Outcome
          tone={isWanted ? 'calm' : 'good'}
          icon={isWanted ? <ClockIcon /> : <CheckIcon />}
          title={text(isWanted ? 'mails.on' : 'mails.off')}
        >
          <p class="outcome-lead">{text(isWanted ? 'mails.onText' : 'mails.offText', { organisation })}</p>
          <form method="post" action={`/mails/${encodeURIComponent(token)}?${look}`}>
            <input type="hidden" name="hints" value={isWanted ? 'off' : 'on'} />
            <button type="submit" class={isWanted ? 'button' : 'button-quiet'}>
              {text(isWanted ? 'mails.stop' : 'mails.start')}
            </button>
          </form>
        </Outcome>
      </main>
      <PageFooter theme={theme} />
    </div>
  )
}
