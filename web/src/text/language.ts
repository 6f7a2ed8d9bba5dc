import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Locale } from './locale.ts'
import type { MessageKey, Messages } from './messages.ts'
import { type Placeholders, say } from './say.ts'

export type Language = { locale: Locale; messages: Messages }

/** The language of the page. There is no default: a page without one is a mistake in the code. */
export const LanguageContext = createContext<Language | null>(null)

export function useLanguage(): Language {
  const language = useContext(LanguageContext)
  if (!language) throw new Error('The page has no language')
  return language
}

/** The texts of the page's language, by key. */
export function useText(): (key: MessageKey, values?: Placeholders) => string {
  const { messages } = useLanguage()
  return (key, values) => say(messages, key, values)
}
