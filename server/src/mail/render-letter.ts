import type { Letter } from '#mail/letter.ts'

/** A letter as plain text. */
export function letterText(letter: Letter): string {
  const { heading, greeting, paragraphs, facts, button, link, closing, choice, sandboxText } = letter
  const width = Math.max(0, ...facts.map(([label]) => label.length))
  const parts = [
    sandboxText ?? '',
    heading,
    greeting,
    ...paragraphs,
    facts.map(([label, value]) => `${`${label}:`.padEnd(width + 2)}${value}`).join('\n'),
    button ? `${button.label}:\n${button.url}` : '',
    link ? `${link.text}\n${link.label}:\n${link.url}` : '',
    closing.join('\n\n'),
    choice ? `${choice.label}: ${choice.url}` : '',
  ]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

// Styles stand at the elements, as mail programs drop style sheets; the sheet only adds what a dark one needs.
const sheet = `
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
  .ground { background: #0e1413 !important; }
  .card { background: #1a2422 !important; border-color: #2a3633 !important; }
  .ink { color: #e9f0ed !important; }
  .soft { color: #a3b3ae !important; }
  .line { border-color: #2a3633 !important; }
  .link { color: #5fd3bc !important; }
  .accent { background: #5fd3bc !important; }
  .button { background: #5fd3bc !important; color: #06241f !important; }
  .sandbox { background: #2a2110 !important; color: #f1cf86 !important; }
}
@media (max-width: 480px) { .card { padding: 24px 20px !important; } }`

const font = "font-family:-apple-system,'Segoe UI',Roboto,'Helvetica Neue','Noto Sans',Arial,sans-serif"

// Addresses and names may be longer than a telephone is wide.
const breaking = 'word-break:break-word;overflow-wrap:anywhere'

/** A letter as an HTML document of its own: no images, nothing from anywhere else, light and dark. */
export function letterHtml(letter: Letter): string {
  const {
    language,
    subject,
    preview,
    sellerName,
    heading,
    greeting,
    paragraphs,
    facts,
    button,
    link,
    closing,
    choice,
  } = letter
  const rows = facts.map(
    ([label, value]) =>
      `<tr><td class="soft line" style="padding:8px 16px 8px 0;border-top:1px solid #dbe3df;color:#52625e">${escaped(label)}</td><td class="ink line" align="right" style="padding:8px 0;border-top:1px solid #dbe3df;color:#12201d;font-weight:600;${breaking}">${escaped(value)}</td></tr>`,
  )
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escaped(subject)}</title>
<style>${sheet}</style>
</head>
<body class="ground" style="margin:0;padding:0;background:#f3f6f4">
<div style="display:none;max-height:0;overflow:hidden">${escaped(preview)}</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" class="ground" style="background:#f3f6f4"><tr><td align="center" style="padding:32px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px;${font};font-size:16px;line-height:1.5;text-align:left">
${sandboxOf(letter)}<tr><td class="card" style="padding:36px 40px;background:#ffffff;border:1px solid #dbe3df;border-radius:12px">
<div class="accent" style="width:28px;height:3px;background:#0b6358"></div>
<p class="soft" style="margin:14px 0 0;color:#52625e;font-size:14px">${escaped(sellerName)}</p>
<h1 class="ink" style="margin:4px 0 20px;color:#12201d;font-size:22px;line-height:1.25">${escaped(heading)}</h1>
${[greeting, ...paragraphs].map((text) => `<p class="ink" style="margin:0 0 14px;color:#12201d;${breaking}">${escaped(text)}</p>`).join('\n')}
${button ? buttonOf(button) : ''}${rows.length > 0 ? `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin:10px 0 6px;font-size:15px">${rows.join('')}</table>` : ''}${link ? linkOf(link) : ''}
</td></tr>
<tr><td style="padding:20px 8px 0">
${closing.map((text) => `<p class="soft" style="margin:0 0 6px;color:#52625e;font-size:13px">${escaped(text)}</p>`).join('\n')}${choice ? choiceOf(choice) : ''}
</td></tr>
</table>
</td></tr></table>
</body>
</html>
`
}

function sandboxOf({ sandboxText }: Letter): string {
  if (sandboxText === null) return ''
  return `<tr><td style="padding:0 0 12px"><p class="sandbox" style="margin:0;padding:10px 16px;border-radius:8px;background:#fdf4e0;color:#7a4d00;font-size:13px">${escaped(sandboxText)}</p></td></tr>\n`
}

function buttonOf({ label, url }: { label: string; url: string }): string {
  return `<p style="margin:22px 0"><a class="button" href="${escaped(url)}" style="display:inline-block;padding:12px 22px;border-radius:8px;background:#0b6358;color:#ffffff;font-weight:600;text-decoration:none">${escaped(label)}</a></p>\n`
}

function choiceOf({ label, url }: { label: string; url: string }): string {
  return `\n<p style="margin:12px 0 0;font-size:13px"><a class="soft" href="${escaped(url)}" style="color:#52625e">${escaped(label)}</a></p>`
}

function linkOf({ text, label, url }: { text: string; label: string; url: string }): string {
  return `<p class="soft" style="margin:18px 0 0;color:#52625e;font-size:14px">${escaped(text)} <a class="link" href="${escaped(url)}" style="color:#0b6358">${escaped(label)}</a></p>`
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
