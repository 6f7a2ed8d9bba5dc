import type { Locale } from './locale.ts'
import { en } from './messages.en.ts'
import { es } from './messages.es.ts'

export type MessageKey = keyof typeof en
export type Messages = Readonly<Record<MessageKey, string>>

const tables: Record<Locale, Messages> = { en, es }

/** All texts in one language. Only the server holds every table; a page carries its own. */
export function messagesIn(locale: Locale): Messages {
  return tables[locale]
}
