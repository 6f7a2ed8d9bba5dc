import type { PageTheme } from '../checkout/render.types.ts'
import type { Locale } from '../text/locale.ts'

/** The query of an address that is to be shown in the language and the colours of this page. */
export function lookOf(locale: Locale, theme: PageTheme, more: Readonly<Record<string, string>> = {}): URLSearchParams {
  return new URLSearchParams({ locale, ...(theme === 'auto' ? {} : { theme }), ...more })
}
