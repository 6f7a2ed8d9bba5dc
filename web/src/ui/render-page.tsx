import type { ComponentChildren } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { LanguageContext } from '../text/language.ts'
import { messagesIn } from '../text/messages.ts'
import { type DocumentParts, htmlDocument } from './html-document.ts'

/** A page in its language, as a whole document. */
export function renderPage(
  { locale, theme, assets }: Pick<DocumentParts, 'locale' | 'theme' | 'assets'>,
  title: string,
  page: ComponentChildren,
  more: Pick<DocumentParts, 'data' | 'refreshSeconds'> = {},
): string {
  const messages = messagesIn(locale)
  const body = renderToString(<LanguageContext.Provider value={{ locale, messages }}>{page}</LanguageContext.Provider>)
  return htmlDocument({ locale, theme, assets, title, body, ...more })
}
