import type { CardElement } from '../stripe/use-card-element.ts'
import { useText } from '../text/language.ts'
import { AlertIcon } from '../ui/icons.tsx'

/** The provider's own card fields: on their way, there, or missing with a way to ask for them again. */
export function ElementFields({ enhanced, element }: { enhanced: boolean; element: CardElement }) {
  const text = useText()
  const { status, place, retry } = element
  return (
    <div class="element">
      {!enhanced && (
        <noscript>
          <div class="notice notice-bad">
            <AlertIcon />
            <div>
              <h2 class="notice-title">{text('element.noScriptTitle')}</h2>
              <p>{text('element.noScript')}</p>
            </div>
          </div>
        </noscript>
      )}
      {enhanced && status === 'loading' && (
        <p class="element-wait" role="status">
          <span class="spinner" aria-hidden="true" />
          {text('element.loading')}
        </p>
      )}
      {status === 'failed' && (
        <div class="notice notice-bad" role="alert">
          <AlertIcon />
          <div>
            <h2 class="notice-title">{text('element.failed.title')}</h2>
            <p>{text('element.failed.text')}</p>
            <button class="button-quiet" type="button" onClick={retry}>
              {text('element.retry')}
            </button>
          </div>
        </div>
      )}
      <div ref={place} class="element-place" data-status={status} hidden={status === 'failed'} />
    </div>
  )
}
