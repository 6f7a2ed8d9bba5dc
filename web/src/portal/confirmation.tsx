import { useRef } from 'preact/hooks'
import type { PageTheme } from '../checkout/render.types.ts'
import { formatMoney } from '../format/money.ts'
import { BankStep } from '../stripe/bank-step.tsx'
import { useLanguage, useText } from '../text/language.ts'
import type { Messages } from '../text/messages.ts'
import { Facts } from '../ui/facts.tsx'
import { MessageFrame } from '../ui/message-frame.tsx'
import type { ConfirmationView } from './portal.types.ts'

type ConfirmationPageViewProps = ConfirmationView & { theme: PageTheme; back: string; backText: string }

/** What the page carries for its script. */
export type ConfirmationData = ConfirmationPageViewProps & {
  view: 'confirmation'
  locale: 'en' | 'es'
  messages: Messages
}

/**
 * A charge of a stored card that the bank asks the customer about, where the provider's script shows the bank. How it went is asked of
 * the server by a form that is posted to where the page was opened.
 */
export function ConfirmationPage(props: ConfirmationPageViewProps) {
  const { organisation, total, currency, publishableKey, clientSecret, isUnfinished, livemode, theme } = props
  const { locale } = useLanguage()
  const text = useText()
  const form = useRef<HTMLFormElement>(null)
  async function finish() {
    form.current?.submit()
    return 'working' as const
  }
  return (
    <MessageFrame theme={theme} isSandbox={!livemode}>
      <BankStep
        publishableKey={publishableKey}
        clientSecret={clientSecret}
        finish={finish}
        begin={isUnfinished ? 'unfinished' : 'idle'}
      >
        <Facts
          rows={[
            [text('authentication.merchant'), organisation.name],
            [text('authentication.amount'), formatMoney(total, currency, locale)],
          ]}
        />
      </BankStep>
      <form method="post" ref={form} hidden />
      <p>
        <a href={props.back}>{props.backText}</a>
      </p>
    </MessageFrame>
  )
}
