/**
 * How much garbage the server may let pile up: of some 60 MB in use, Node on a large machine would keep another 500 before it
 * collects. Nothing is slower for it. Whoever sets limits in NODE_OPTIONS is obeyed.
 */
export function heapLimits() {
  const isSet = /--max-(old|semi)-space-size/.test(process.env.NODE_OPTIONS ?? '')
  return isSet ? [] : ['--max-semi-space-size=8', '--max-old-space-size=512']
}
