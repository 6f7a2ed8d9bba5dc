import { launchBrowser } from '../../../server/test/support/browser.ts'
import { cards, confirmation, hosted, newCheckout } from '../../../server/test/support/checkouts.ts'
import { portalOf } from '../../../server/test/support/portals.ts'
import { openSeller } from '../support/seller.ts'

/**
 * How soon each hosted page is painted, with an empty cache, and how much it brings: `npm run bench:pages`. Prints a table for
 * docs/benchmarks.md; what a page may weigh at most is held by a test, how fast it is depends on the machine.
 */
const loads = 7

const seller = await openSeller(1)
const browser = await launchBrowser()
try {
  const paid = await newCheckout(seller.world)
  await hosted(seller.world, 'POST', `${paid.token}/confirm`, confirmation(cards.pays))
  const pages = {
    checkout: `/checkout/${(await newCheckout(seller.world)).token}`,
    receipt: `/checkout/${paid.token}`,
    'payment link': (await seller.paymentLink()).path,
    recovery: await seller.recoveryPath(),
    'another card': await seller.methodUpdatePath(),
    portal: `/portal/${await portalOf(seller.world, await seller.customer())}`,
    'link unknown': '/checkout/nobody-made-this',
  }
  console.log('| page | first contentful paint (ms) | largest contentful paint (ms) | transferred (kB) |')
  console.log('| ---- | --------------------------- | ----------------------------- | ---------------- |')
  for (const [name, path] of Object.entries(pages)) {
    const seen: Painted[] = []
    for (let load = 0; load < loads; load += 1) seen.push(await paint(path))
    const cells = (['first', 'largest', 'bytes'] as const).map((fact) => middle(seen.map((one) => one[fact])))
    const [first = 0, largest = 0, bytes = 0] = cells
    console.log(`| ${name} | ${first.toFixed(0)} | ${largest.toFixed(0)} | ${(bytes / 1000).toFixed(1)} |`)
  }
} finally {
  await browser.close()
  await seller.close()
}

type Painted = { readonly first: number; readonly largest: number; readonly bytes: number }

// A context of its own has an empty cache. The largest paint is final once nothing has been painted for a while.
async function paint(path: string): Promise<Painted> {
  const page = await browser.newPage({ viewport: { width: 390, height: 844 } })
  await page.goto(`${seller.world.url}${path}`, { waitUntil: 'load' })
  const painted = await page.evaluate<Painted>(`new Promise((resolve) => {
    let largest = 0
    new PerformanceObserver((list) => { largest = list.getEntries().at(-1).startTime })
      .observe({ type: 'largest-contentful-paint', buffered: true })
    setTimeout(() => {
      const first = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0
      const loaded = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
      resolve({ first, largest, bytes: loaded.reduce((sum, { transferSize }) => sum + transferSize, 0) })
    }, 300)
  })`)
  await page.context().close()
  await page.close()
  return painted
}

function middle(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0
}
