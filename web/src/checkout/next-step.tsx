import { completeCheckout } from '../api/hosted-checkout.ts'
import { BankStep } from '../stripe/bank-step.tsx'
import { useText } from '../text/language.ts'
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
  const step = checkout.kind === 'payment' ? 'action.provider' : 'action.providerCard'
  useLookAgain(checkout.page, token, 'requires_action')
  return (
    <Outcome tone="calm" icon={<ShieldIcon />} title={text(`${step}.title`, { provider })}>
      <p class="outcome-lead" role="status">
        {text(`${step}.text`, { provider })}
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
  const { page, publishableKey } = checkout

  async function finish() {
    const answer = await completeCheckout({ fetch: window.fetch.bind(window), page, token })
    if (answer.kind === 'unanswered') return 'unreachable'
    if (answer.kind === 'ok' && answer.data.status === 'requires_action') return 'unfinished'
    if (answer.kind === 'ok') {
      const back = safeLink(answer.data.redirectUrl)
      if (back) window.location.assign(back)
      else window.location.reload()
      return 'working'
    }
    const address = new URL(window.location.href)
    address.searchParams.set('failed', '1')
    window.location.assign(address)
    return 'working'
  }
  return <BankStep publishableKey={publishableKey} clientSecret={clientSecret} finish={finish} />
}
