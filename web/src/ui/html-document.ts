import type { PageAssets, PageTheme } from '../checkout/render.types.ts'
import { type Locale, localeFacts } from '../text/locale.ts'
import iconUrl from './icon.svg?url'
import { jsonForHtml } from './json-for-html.ts'

export type DocumentParts = {
  locale: Locale
  theme: PageTheme
  title: string
  assets: PageAssets
  /** Rendered markup. */
  body: string
  /** What the script starts from. Without it the page has no script at all. */
  data?: unknown
  /** Seconds after which a browser without script asks again. */
  refreshSeconds?: number | undefined
}

const escaped: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => escaped[character] ?? character)
}

/** The whole document. Nothing inline runs or styles; the one script carries the nonce of the answer's content policy. */
export function htmlDocument({ locale, theme, title, assets, body, data, refreshSeconds }: DocumentParts): string {
  const colorScheme = theme === 'auto' ? 'light dark' : theme
  const head = [
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<meta name="color-scheme" content="${colorScheme}">`,
    '<meta name="robots" content="noindex, nofollow">',
    '<meta name="format-detection" content="telephone=no">',
    `<title>${escapeHtml(title)}</title>`,
    `<link rel="icon" href="${escapeHtml(iconUrl)}" type="image/svg+xml">`,
    ...assets.styles.map((href) => `<link rel="stylesheet" href="${escapeHtml(href)}">`),
    data === undefined
      ? ''
      : `<script type="module" nonce="${escapeHtml(assets.nonce)}" src="${escapeHtml(assets.script)}"></script>`,
    refreshSeconds === undefined ? '' : `<noscript><meta http-equiv="refresh" content="${refreshSeconds}"></noscript>`,
  ]
  const dataElement =
    data === undefined ? '' : `<script type="application/json" id="page-data">${jsonForHtml(data)}</script>`
  return (
    `<!doctype html><html lang="${locale}" dir="${localeFacts[locale].direction}" data-theme="${theme}">` +
    `<head>${head.join('')}</head><body><div id="page">${body}</div>${dataElement}</body></html>`
  )
}
