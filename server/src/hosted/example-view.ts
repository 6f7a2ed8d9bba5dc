import { escaped, layout } from '#hosted/inbox-view.ts'
import type { Letter } from '#mail/letter.ts'
import type { MailKind } from '#mail/mail.ts'
import type { Language } from '#words/language.ts'

/** An example with its letter in each language. */
export type ListedExample = { readonly index: number; readonly kind: MailKind; readonly letters: readonly Letter[] }

export type ShownExample = {
  readonly index: number
  readonly kind: MailKind
  readonly language: Language
  readonly letter: Letter
}

const languageNames = { en: 'English', es: 'Español' } as const satisfies Record<Language, string>
const addressOf = (index: number, language: Language) => `/dev/inbox/examples/${index}-${language}`

/** The list of all examples. */
export function examplesPage(examples: readonly ListedExample[]): string {
  const rows = examples.map(
    ({ index, kind, letters }) =>
      `<li class="example"><code>${kind}</code>${letters.map((letter) => linkOf(index, letter)).join('')}</li>`,
  )
  return layout(
    'Examples',
    `<nav class="back"><a href="/dev/inbox">Inbox</a></nav>
<h1>Every mail, by example</h1>
<p>With made-up facts. <code>npx halley mail test &lt;kind&gt; --to &lt;address&gt;</code> sends one of them to you.</p>
<ol class="examples">
${rows.join('\n')}
</ol>`,
  )
}

/** One example, as HTML in a frame or as text. */
export function examplePage({ index, kind, language, letter }: ShownExample, text: string | null): string {
  const address = addressOf(index, language)
  const tab = (label: string, href: string, isCurrent: boolean) =>
    `<a href="${href}"${isCurrent ? ' aria-current="page"' : ''}>${label}</a>`
  const others = (Object.keys(languageNames) as Language[]).map((one) =>
    tab(languageNames[one], addressOf(index, one), one === language),
  )
  const body =
    text === null
      ? `<iframe src="${address}/html" title="The mail as HTML" sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>`
      : `<pre tabindex="0">${escaped(text)}</pre>`
  return layout(
    letter.subject,
    `<nav class="back"><a href="/dev/inbox/examples">Examples</a></nav>
<h1>${escaped(letter.subject)}</h1>
<dl><div><dt>Kind</dt><dd>${kind}</dd></div></dl>
<nav class="tabs" aria-label="Language">${others.join('')}</nav>
<nav class="tabs" aria-label="Form">${tab('HTML', address, text === null)}${tab('Text', `${address}?as=text`, text !== null)}</nav>
${body}`,
  )
}

function linkOf(index: number, { language, subject }: Letter): string {
  return `<a lang="${language}" href="${addressOf(index, language)}">${escaped(subject)}</a>`
}
