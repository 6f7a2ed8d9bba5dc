import { Field } from '../ui/field.tsx'
import { ChevronIcon } from '../ui/icons.tsx'
import { ActionForm, usePortalAddress } from './action-form.tsx'
import { Card } from './card.tsx'
import type { PortalSubscription } from './portal.types.ts'
import { type PortalKey, usePortal } from './words.ts'

const reasons = [
  'too_expensive',
  'missing_features',
  'switched_service',
  'unused',
  'customer_service',
  'too_complex',
  'low_quality',
  'other',
] as const

/** What canceling means, asked once: as few steps as subscribing took. */
export function CancelPart({ subscription }: { subscription: PortalSubscription }) {
  const { text, day } = usePortal()
  const address = usePortalAddress()
  const { status, plan, periodEnd, trialEndsOn } = subscription
  const end = plan.isFree || status === 'past_due' ? null : (trialEndsOn ?? periodEnd)
  const words: PortalKey = end ? 'cancel.atEnd' : status === 'past_due' ? 'cancel.nowOwed' : 'cancel.now'
  return (
    <Card id="cancel" title={text('cancel.title')}>
      <p>{text(words, { plan: plan.name, date: end ? day(end) : '' })}</p>
      <ActionForm action="cancel" class="card-form">
        <Field name="reason" label={text('cancel.reason')}>
          {(attributes) => (
            <div class="select">
              <select {...attributes} class="control">
                <option value="">{text('cancel.noReason')}</option>
                {reasons.map((reason) => (
                  <option key={reason} value={reason}>
                    {text(`reason.${reason}`)}
                  </option>
                ))}
              </select>
              <ChevronIcon class="icon select-chevron" />
            </div>
          )}
        </Field>
        <div class="choices">
          <button type="submit" class="button button-bad">
            {text('cancel.confirm')}
          </button>
          <a class="button button-second" href={address()}>
            {text('cancel.keep')}
          </a>
        </div>
      </ActionForm>
    </Card>
  )
}
