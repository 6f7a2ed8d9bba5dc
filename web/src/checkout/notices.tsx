import { useEffect, useRef } from 'preact/hooks'
import { useLanguage, useText } from '../text/language.ts'
import { controlId } from '../ui/field.tsx'
import { AlertIcon } from '../ui/icons.tsx'
import { type FieldErrors, listErrors } from './field-errors.ts'
import { type Refusal, refusalWords } from './refusal.ts'

/** Moves the focus to a notice whenever `moment` changes, so that it is read and seen. */
function useFocusOn(moment: number) {
  const notice = useRef<HTMLDivElement>(null)
  useEffect(() => {
    notice.current?.focus()
  }, [moment])
  return notice
}

/** Why it did not work, what to do, and that nothing was charged. */
export function RefusalNotice({ refusal, moment }: { refusal: Refusal; moment: number }) {
  const language = useLanguage()
  const { title, text } = refusalWords(refusal, language)
  return (
    <div ref={useFocusOn(moment)} class="notice notice-bad" role="alert" tabindex={-1}>
      <AlertIcon />
      <div>
        <h2 class="notice-title">{title}</h2>
        <p>{text}</p>
      </div>
    </div>
  )
}

/** The fields to correct, each a link to its field. */
export function ErrorSummary({ errors, moment }: { errors: FieldErrors; moment: number }) {
  const text = useText()
  return (
    <div ref={useFocusOn(moment)} class="notice notice-bad" role="alert" tabindex={-1}>
      <AlertIcon />
      <div>
        <h2 class="notice-title">{text('errors.title')}</h2>
        <ul class="notice-list">
          {listErrors(errors).map(({ field, text: sentence }) => (
            <li key={field}>
              <a
                href={`#${controlId(field)}`}
                onClick={(event) => {
                  const control = document.getElementById(controlId(field))
                  if (!control) return
                  event.preventDefault()
                  control.closest('details')?.setAttribute('open', '')
                  control.focus()
                }}
              >
                {sentence}
              </a>
            </li>
          ))}
        </ul>
      </div>
    </div>
  )
}
