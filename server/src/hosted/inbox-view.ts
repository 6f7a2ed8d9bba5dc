import type { MailRecord } from '#mail/mail.store.ts'

/** A mail as the inbox lists it. */
export type InboxEntry = {
  readonly mail: MailRecord
  readonly isLive: boolean
  readonly subject: string
  readonly preview: string
  readonly recipient: string
  readonly language: string
  readonly hasInvoice: boolean
}

/** The list, newest first; `next` is the id after which older ones follow. */
export function inboxPage(entries: readonly InboxEntry[], next: string | null): string {
  const list =
    entries.length === 0
      ? '<p class="empty">No mail yet. It appears here as soon as something is worth telling a customer.</p>'
      : `<ol class="mails">\n${entries.map(rowOf).join('\n')}\n</ol>`
  const older = next === null ? '' : `<p class="more"><a href="/dev/inbox?before=${next}">Older mails</a></p>`
  return layout(
    'Inbox',
    `<h1>Inbox</h1>\n<p class="more"><a href="/dev/inbox/examples">Every mail by example</a></p>\n${list}\n${older}`,
  )
}

/** One mail: its envelope, and the mail itself as HTML in a frame or as text. */
export function mailPage(entry: InboxEntry, text: string | null): string {
  const { mail, subject, recipient, language, hasInvoice } = entry
  const address = `/dev/inbox/${mail.id}`
  const facts: [string, string][] = [
    ['To', escaped(recipient)],
    ['Kind', `${mail.content.kind} · ${language}`],
    ['When', `<time>${timeOf(mail.occurredAt)}</time>`],
    ['State', `${badgeOf(entry)}${mail.lastError === null ? '' : ` ${escaped(mail.lastError)}`}`],
    ...(hasInvoice
      ? [['Attached', `<a href="${address}/invoice.pdf">Invoice as PDF</a>`] satisfies [string, string]]
      : []),
  ]
  const tab = (label: string, href: string, isCurrent: boolean) =>
    `<a href="${href}"${isCurrent ? ' aria-current="page"' : ''}>${label}</a>`
  const body =
    text === null
      ? `<iframe src="${address}/html" title="The mail as HTML" sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>`
      : `<pre tabindex="0">${escaped(text)}</pre>`
  return layout(
    subject,
    `<nav class="back"><a href="/dev/inbox">Inbox</a></nav>
<h1>${escaped(subject)}</h1>
<dl>${facts.map(([label, value]) => `<div><dt>${label}</dt><dd>${value}</dd></div>`).join('')}</dl>
<nav class="tabs" aria-label="Form">${tab('HTML', address, text === null)}${tab('Text', `${address}?as=text`, text !== null)}</nav>
${body}`,
  )
}

function rowOf(entry: InboxEntry): string {
  const { mail, subject, preview, recipient } = entry
  return `<li><a href="/dev/inbox/${mail.id}"><span class="to">${escaped(recipient)}</span><time>${timeOf(mail.occurredAt)}</time><span class="subject">${escaped(subject)}</span><span class="preview">${escaped(preview)}</span></a>${badgeOf(entry)}</li>`
}

function badgeOf({ mail, isLive }: InboxEntry): string {
  const words = { inbox: 'kept here', sent: 'sent', waiting: 'waiting', failed: 'not sent' }[mail.state]
  return `<span class="badges"><span class="badge ${isLive ? 'live' : 'sandbox'}">${isLive ? 'live' : 'sandbox'}</span> <span class="badge ${mail.state}">${words}</span></span>`
}

function timeOf(instant: Temporal.Instant): string {
  return `${instant.toString({ smallestUnit: 'minute' }).slice(0, 16).replace('T', ' ')} UTC`
}

/** A page of the inbox around its content. */
export function layout(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)} · Halley</title>
<link rel="stylesheet" href="/dev/inbox.css">
</head>
<body>
<main>
${content}
</main>
</body>
</html>
`
}

/** Text in HTML. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
