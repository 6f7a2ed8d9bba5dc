import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { Outcome } from '../checkout/outcomes.tsx'
import { useLanguage, useText } from '../text/language.ts'
import { ShieldIcon } from '../ui/icons.tsx'
import { loadStripe } from './stripe-script.ts'
import { carryOut } from './use-card-element.ts'

/** How a step stands, as far as this page knows. */
export type StepPhase = 'idle' | 'working' | 'unreachable' | 'unfinished'

type BankStepProps = {
  publishableKey: string | null
  clientSecret: string
  /** After the provider's script is done: asks the server how it went, and leads on. */
  finish: () => Promise<StepPhase>
  begin?: StepPhase
  /** What the step is about, above its words. */
  children?: ComponentChildren
}

/** The step that a bank asks for, shown by the provider's script over this page. */
export function BankStep({ publishableKey, clientSecret, finish, begin = 'idle', children }: BankStepProps) {
  const { locale } = useLanguage()
  const text = useText()
  const [phase, setPhase] = useState<StepPhase>(begin)

  async function go() {
    if (phase === 'working' || publishableKey === null) return
    setPhase('working')
    try {
      const connect = await loadStripe()
      await carryOut(connect(publishableKey, { locale }), clientSecret)
    } catch {
      return setPhase('unreachable')
    }
    setPhase(await finish())
  }
  return (
    <Outcome tone="calm" icon={<ShieldIcon />} title={text('action.title')}>
      {children}
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
