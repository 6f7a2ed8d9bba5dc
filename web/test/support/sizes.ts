import type { Page } from 'playwright-core'

/**
 * What is too small or too wide on a page: text fields whose letters make phones zoom in (under 16 px), fields and main
 * buttons under 44 px, anything else to press under 24 px (WCAG 2.5.8; links within sentences are left out, as there), and a
 * page that scrolls sideways.
 */
export function sizeFaults(page: Page): Promise<string[]> {
  return page.evaluate(script)
}

// Runs in the page, so it is text: the tests themselves know no document.
const script = `(() => {
  const faults = []
  const root = document.documentElement
  if (root.scrollWidth > root.clientWidth) faults.push('scrolls sideways: ' + root.scrollWidth + ' px')
  for (const element of document.querySelectorAll('input, select, button, summary, a')) {
    const { width, height } = element.getBoundingClientRect()
    if (width === 0 || height === 0 || element.closest('p, dd')) continue
    const name = element.localName + ' ' + (element.getAttribute('name') ?? element.textContent.trim())
    const isMain = element.matches('input:not([type=radio], [type=checkbox]), select, .button')
    if (height < (isMain ? 44 : 24)) faults.push(name + ' is ' + height + ' px high')
    const isTyped = element.matches('input, select')
    if (isTyped && parseFloat(getComputedStyle(element).fontSize) < 16) faults.push(name + ': small letters')
  }
  return faults
})()`
