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
