/** The address when a browser may be sent there (http, https, or a path of this site), else null: never a script address. */
export function safeLink(address: string | null | undefined): string | null {
  if (!address) return null
  if (/^\/(?![/\\])/.test(address)) return address
  try {
    return ['http:', 'https:'].includes(new URL(address).protocol) ? address : null
  } catch {
    return null
  }
}

/** A page of this site, with the language and the colours of the page that leads there; any other address as it is. */
export function withLook(address: string, here: { origin: string; search: string }): string {
  const url = URL.parse(address, here.origin)
  if (url?.origin !== here.origin) return address
  const look = new URLSearchParams(here.search)
  for (const name of ['locale', 'theme']) {
    const value = look.get(name)
    if (value !== null) url.searchParams.set(name, value)
  }
  return url.href
}
