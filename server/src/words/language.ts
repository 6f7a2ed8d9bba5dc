/** The languages that invoices and mails are written in. */
export const languages = ['en', 'es'] as const
export type Language = (typeof languages)[number]

const spanish = new Set('AR BO CL CO CR CU DO EC ES GQ GT HN MX NI PA PE PR PY SV UY VE'.split(' '))
const english = new Set('AU CA GB IE IN KE NG NZ PH SG US ZA'.split(' '))

/**
 * How a reader's texts, amounts and days are written: the language, and the locale that `Intl` is asked in. English is always
 * asked as that of the United States, whose amounts no reader of English takes for others.
 */
export type Reader = { readonly language: Language; readonly locale: string }

/**
 * The reader in a country (ISO 3166-1, upper case): Spanish or English where that is what is read there, and otherwise, or
 * where nothing is known, the organisation's own language.
 */
export function readerIn(country: string | null, fallback: Language): Reader {
  const isSpanish = country !== null && spanish.has(country)
  const language = isSpanish ? 'es' : country !== null && english.has(country) ? 'en' : fallback
  if (language === 'en') return { language, locale: 'en-US' }
  return { language, locale: isSpanish ? `es-${country}` : 'es-ES' }
}
