import type { ComponentChildren } from 'preact'
import { Field } from '../ui/field.tsx'
import type { CheckoutFieldName } from './render.types.ts'

type TextFieldProps = {
  name: CheckoutFieldName
  label: string
  /** What the field begins with; the field itself keeps what is typed. */
  initial: string
  autocomplete: string
  isEmail?: boolean
  inputmode?: 'text' | 'email' | 'numeric'
  autocapitalize?: 'none' | 'characters' | 'words'
  spellcheck?: boolean
  maxLength?: number
  required?: boolean
  readOnly?: boolean
  optional?: string | undefined
  hint?: string | undefined
  hintBelow?: boolean
  error?: string | undefined
  warning?: string | undefined
  /** Shown inside the field, at its end. */
  mark?: ComponentChildren
  onInput?: (input: HTMLInputElement) => void
  onChange?: (input: HTMLInputElement) => void
  onBlur?: (input: HTMLInputElement) => void
  /** What the Enter key does here instead of sending the form. */
  onEnter?: () => void
}

/** A one-line field of the form. */
export function TextField(props: TextFieldProps) {
  const { name, label, initial, hint, hintBelow, optional, error, warning, mark } = props
  const { onInput, onChange, onBlur, onEnter } = props
  // Digits in groups and addresses of mail run left to right in every language.
  const isLatin = props.isEmail || props.inputmode === 'numeric'
  const handleKey = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !onEnter) return
    event.preventDefault()
    onEnter()
  }
  return (
    <Field
      name={name}
      label={label}
      optional={optional}
      hint={hint}
      hintBelow={hintBelow}
      error={error}
      warning={warning}
    >
      {(attributes) => (
        <div class="input" dir={isLatin ? 'ltr' : undefined}>
          <input
            {...attributes}
            class="control"
            {...(props.isEmail ? { type: 'email' as const } : { type: 'text' as const })}
            inputmode={props.inputmode}
            autocomplete={props.autocomplete}
            autocapitalize={props.autocapitalize}
            spellcheck={props.spellcheck}
            maxLength={props.maxLength}
            required={props.required}
            readOnly={props.readOnly}
            defaultValue={initial}
            onInput={onInput && ((event) => onInput(event.currentTarget))}
            onChange={onChange && ((event) => onChange(event.currentTarget))}
            onKeyDown={onEnter && handleKey}
            onBlur={onBlur && ((event) => onBlur(event.currentTarget))}
          />
          {mark && <span class="input-mark">{mark}</span>}
        </div>
      )}
    </Field>
  )
}
