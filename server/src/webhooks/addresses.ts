import ipaddr from 'ipaddr.js'

/** Where webhooks of a side may go: in live mode to public addresses alone, from the sandbox also to this machine. */
export type Reach = 'public' | 'public_or_loopback'

/** Public by its range, and yet answered by the host of a virtual machine: Azure's platform, where its agents are configured. */
const ofClouds = new Set(['168.63.129.16'])

/**
 * Whether an IP address, as the system would dial it, may be called. Only global unicast is public: no private, shared,
 * loopback, link-local, documentation, multicast or reserved range, no IPv6 form that carries an IPv4 address, and no service
 * of a cloud for its own machines.
 */
export function mayDial(address: string, reach: Reach): boolean {
  if (!ipaddr.isValid(address)) return false
  // An IPv4 address written as IPv6 is judged as what it is.
  const parsed = ipaddr.process(address)
  const range = parsed.range()
  if (ofClouds.has(parsed.toString())) return false
  if (range === 'loopback') return reach === 'public_or_loopback'
  return range === 'unicast' && (parsed.kind() === 'ipv4' || isGlobal(parsed.toByteArray()))
}

// Of IPv6 only 2000::/3 is routed for everybody; what is special inside of it has a range of its own.
function isGlobal([first = 0]: readonly number[]): boolean {
  return first >> 5 === 1
}

/** Why an address may not be an endpoint's, or undefined. Names are looked up when they are dialled, not here. */
export function refuseUrl(text: string, livemode: boolean): string | undefined {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol)) return 'Must be an http or https address.'
  if (url.username !== '' || url.password !== '') return 'Must not hold a user name or password.'
  if (livemode && url.protocol !== 'https:') return 'Must begin with https:// in live mode.'
  const host = literalOf(url.hostname)
  const reach: Reach = livemode ? 'public' : 'public_or_loopback'
  if (ipaddr.isValid(host) ? mayDial(host, reach) : !(livemode && isLocalName(host))) return undefined
  return livemode
    ? 'Must be a public address.'
    : 'Must be a public address, or one of this machine (localhost) in the sandbox.'
}

/** A host as it is dialled: IPv6 without its brackets. */
export function literalOf(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '')
}

function isLocalName(host: string): boolean {
  return /(?:^|\.)localhost\.?$/.test(host)
}
