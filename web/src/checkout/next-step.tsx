import { useState } from 'preact/hooks'
import { completeCheckout } from '../api/hosted-checkout.ts'
import { loadStripe } from '../stripe/stripe-script.ts'
import { carryOut } from '../stripe/use-card-element.ts'
import { useLanguage, useText } from '../text/language.ts'
import { ShieldIcon } from '../ui/icons.tsx'
import { providerNames } from './card-fields.tsx'
import { safeLink } from './link.ts'
import { Outcome, useLookAgain } from './outcomes.tsx'
import type { CheckoutDescription } from './render.types.ts'

type StepProps = { checkout: CheckoutDescription; token: string }

/** What is left to the customer before money moves: the bank's page, the provider's page, or the bank shown by the provider's script. */
export function NextStep(props: StepProps) {
  const { intake, action } = props.checkout
  if (intake === 'element' && action?.clientSecret !== undefined) {
    return <StepHere {...props} clientSecret={action.clientSecret} />
  }
  return intake === 'page' ? <StepAtProvider {...props} /> : <StepAtBank {...props} />
}

function StepAtBank({ checkout }: StepProps) {
  const text = useText()
  const address = safeLink(checkout.action?.url)
  return (
    <Outcome tone="calm" icon={<ShieldIcon />} title={text('action.title')}>
      <p class="outcome-lead">{text('action.text')}</p>
      {address && (
        <a class="button" href={address}>
          {text('action.continue')}
        </a>
      )}
    </Outcome>
  )
}

/** Whoever comes back from the provider's page too early waits here until the provider has told how it went. */
function StepAtProvider({ checkout, token }: StepProps) {
  const text = useText()
  const provider = providerNames[checkout.provider]
  const address = safeLink(checkout.action?.url)
  useLookAgain(checkout.page, token, 'requires_action')
  return (
    <Outcome tone="calm" icon={<ShieldIcon />} title={text('action.provider.title', { provider })}>
      <p class="outcome-lead" role="status">
        {text('action.provider.text', { provider })}
      </p>
      {address && (
        <a class="button" href={address}>
          {text('action.provider.continue', { provider })}
        </a>
      )}
    </Outcome>
  )
}

/** The page was left or reloaded in the middle of the bank's step: the provider's script shows it again. */
function StepHere({ checkout, token, clientSecret }: StepProps & { clientSecret: string }) {
  const { locale } = useLanguage()
  const text = useText()
  const [phase, setPhase] = useState<'idle' | 'working' | 'unreachable' | 'unfinished'>('idle')
  const { page, publishableKey } = checkout

  async function go() {
    if (phase === 'working' || publishableKey === null) return
    setPhase('working')
    try {
      const connect = await loadStripe()
      await carryOut(connect(publishableKey, { locale }), clientSecret)
    } catch {
      return setPhase('unreachable')
    }
    const answer = await completeCheckout({ fetch: window.fetch.bind(window), page, token })
    if (answer.kind === 'unanswered') return setPhase('unreachable')
    if (answer.kind === 'ok' && answer.data.status === 'requires_action') return setPhase('unfinished')
    if (answer.kind === 'ok') {
      const back = safeLink(answer.data.redirectUrl)
      return back ? window.location.assign(back) : window.location.reload()
    }
    const address = new URL(window.location.href)
    address.searchParams.set('failed', '1')
    window.location.assign(address)
  }
  return (
    <Outcome tone="calm" icon={<ShieldIcon />} title={text('action.title')}>
      <p class="outcome-lead" role="status">
        {phase === 'unreachable'
          ? text('element.failed.text')
          : text(phase === 'unfinished' ? 'action.unfinished' : 'action.text')}
      </p>
      <button
        class="button"
        type="button"
        aria-disabled={phase === 'working' ? 'true' : undefined}
        onClick={() => void go()}
      >
        {phase === 'working' && <span class="spinner" aria-hidden="true" />}
        <span>{text(phase === 'working' ? 'button.bank' : 'action.continue')}</span>
      </button>
      <noscript>
        <p class="note">{text('element.noScript')}</p>
      </noscript>
    </Outcome>
  )
}
