export const locales = ['en', 'es'] as const
export type Locale = (typeof locales)[number]

type LocaleFacts = { name: string; direction: 'ltr' | 'rtl' }

/** How a language calls itself, and which way it is written. */
export const localeFacts: Record<Locale, LocaleFacts> = {
  en: { name: 'English', direction: 'ltr' },
  es: { name: 'Español', direction: 'ltr' },
}

/**
 * The language to answer in: the first of `wishes` that we speak, then the best of an
 * Accept-Language header, then English. Regions are ignored (`es-AR` is `es`).
 */
export function chooseLocale(wishes: ReadonlyArray<string | null | undefined>, acceptLanguage?: string): Locale {
  const accepted = (acceptLanguage ?? '')
    .split(',')
    .map((entry) => {
      const [tag = '', ...parameters] = entry.trim().split(';')
      const quality = parameters.find((parameter) => parameter.trim().startsWith('q='))
      return { tag, quality: quality ? Number(quality.trim().slice(2)) : 1 }
    })
    .filter(({ quality }) => quality > 0)
    .sort((one, other) => other.quality - one.quality)
    .map(({ tag }) => tag)
  for (const wish of [...wishes, ...accepted]) {
    const language = wish?.toLowerCase().split(/[-_]/)[0]
    const spoken = locales.find((locale) => locale === language)
    if (spoken) return spoken
  }
  return 'en'
}
