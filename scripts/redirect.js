// Sends the public client to your Halley server without changing it:
//   COMMET_BASE_URL=http://localhost:4242 node --import halley/redirect app.js
const publicAddress = 'https://commet.co'
const target = process.env.COMMET_BASE_URL?.replace(/\/+$/, '')
const original = globalThis.fetch

if (target) {
  globalThis.fetch = (input, init) => original(moved(input), init)
}

/** @param {string | URL | Request} input */
function moved(input) {
  const address = input instanceof Request ? input.url : String(input)
  if (address !== publicAddress && !address.startsWith(`${publicAddress}/`)) return input
  const url = target + address.slice(publicAddress.length)
  return input instanceof Request ? new Request(url, input) : url
}
