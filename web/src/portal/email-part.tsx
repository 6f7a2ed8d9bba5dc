import { Field } from '../ui/field.tsx'
import { ActionForm, useRefusal } from './action-form.tsx'
import { Card } from './card.tsx'
import type { PortalDescription } from './portal.types.ts'
import { usePortal } from './words.ts'

/** The email address: a new one is used when it is confirmed by whoever reads mail there. */
export function EmailPart({ portal }: { portal: PortalDescription }) {
  const { text } = usePortal()
  const refusal = useRefusal('email')
  const { email, newEmail } = portal.customer
  const typed = refusal?.values.email
  const isSame = typed?.trim().toLowerCase() === email.toLowerCase()
  const isWrong = refusal?.code === 'validation_error'
  return (
    <Card id="email" title={text('email.title')}>
      <p>{text('email.now', { email })}</p>
      {newEmail && <NewEmail newEmail={newEmail} />}
      <ActionForm action="email" class="card-form">
        <Field
          name="email"
          label={text('email.new')}
          hint={text('email.hint')}
          hintBelow
          error={isWrong ? text(isSame ? 'refused.sameEmail' : 'refused.email') : undefined}
        >
          {(attributes) => (
            <input
              {...attributes}
              class="control"
              type="email"
              inputmode="email"
              autocomplete="email"
              maxlength={254}
              required
              defaultValue={typed ?? ''}
            />
          )}
        </Field>
        <button type="submit" class="button">
          {text('email.send')}
        </button>
      </ActionForm>
    </Card>
  )
}

/** An address that waits to be confirmed, and a way to take it back. */
export function NewEmail({ newEmail }: { newEmail: string }) {
  const { text } = usePortal()
  return (
    <div class="card-form">
      <p class="field-warning">{text('email.sent', { email: newEmail })}</p>
      <ActionForm action="drop-email">
        <button type="submit" class="button-quiet">
          {text('email.drop')}
        </button>
      </ActionForm>
    </div>
  )
}
