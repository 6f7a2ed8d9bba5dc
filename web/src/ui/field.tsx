import type { ComponentChildren } from 'preact'

/** What ties a control to its label, hint and error; spread it on the control. */
export type ControlAttributes = {
  id: string
  name: string
  'aria-describedby': string | undefined
  'aria-invalid': 'true' | undefined
}

type FieldProps = {
  name: string
  label: string
  /** Shown behind the label of a field that may stay empty. */
  optional?: string | undefined
  hint?: string | undefined
  /** A hint of a sentence stands under the control, a short one beside the label. */
  hintBelow?: boolean | undefined
  error?: string | undefined
  /** Advice that blocks nothing. */
  warning?: string | undefined
  children: (attributes: ControlAttributes) => ComponentChildren
}

/** The id an error summary links to. */
export const controlId = (name: string): string => `field-${name}`

/** A labelled control with its hint, its error and its warning, all read out with it. */
export function Field({ name, label, optional, hint, hintBelow, error, warning, children }: FieldProps) {
  const id = controlId(name)
  const described = [error && `${id}-error`, warning && !error && `${id}-warning`, hint && `${id}-hint`].filter(Boolean)
  const hintText = hint && (
    <span class="field-hint" id={`${id}-hint`}>
      {hint}
    </span>
  )
  return (
    <div class="field">
      <div class="field-label">
        <label for={id}>
          {label}
          {optional && <span class="field-optional"> {optional}</span>}
        </label>
        {!hintBelow && hintText}
      </div>
      {children({
        id,
        name,
        'aria-describedby': described.length > 0 ? described.join(' ') : undefined,
        'aria-invalid': error ? 'true' : undefined,
      })}
      <div class="field-messages">
        {hintBelow && hintText}
        {error && (
          <p class="field-error" id={`${id}-error`}>
            {error}
          </p>
        )}
        {warning && !error && (
          <p class="field-warning" id={`${id}-warning`} role="status">
            {warning}
          </p>
        )}
      </div>
    </div>
  )
}
