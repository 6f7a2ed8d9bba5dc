import { useLanguage, useText } from '../text/language.ts'
import { type Locale, localeFacts, locales } from '../text/locale.ts'

/** Whose pages these are, and the other languages they speak. */
export function PageFooter({ theme }: { theme: string }) {
  const { locale } = useLanguage()
  const text = useText()
  return (
    <footer class="footer">
      <div class="footer-inner">
        <span>{text('page.poweredBy')}</span>
        <nav aria-label={text('page.language')} class="footer-languages">
          {locales.map((other: Locale) => (
            <a
              key={other}
              href={`?locale=${other}${theme === 'auto' ? '' : `&theme=${theme}`}`}
              lang={other}
              aria-current={other === locale ? 'true' : undefined}
            >
              {localeFacts[other].name}
            </a>
          ))}
        </nav>
      </div>
    </footer>
  )
}
