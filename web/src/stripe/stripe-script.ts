import type { StripeConstructor } from '@stripe/stripe-js'

/**
 * Stripe's own script, in the version of the API that the server speaks. Stripe asks for it to be loaded from there: it is what
 * keeps card numbers out of this page.
 */
export const stripeScriptAddress = 'https://js.stripe.com/endive/stripe.js'

const patienceMs = 20_000
let loading: Promise<StripeConstructor> | undefined

/** Loads the script, once for the page. Rejects where it is blocked, offline or silent; the next call then tries anew. */
export function loadStripe(): Promise<StripeConstructor> {
  loading ??= addScript().catch((error: unknown) => {
    loading = undefined
    throw error
  })
  return loading
}

function addScript(): Promise<StripeConstructor> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script')
    const fail = () => {
      script.remove()
      reject(new Error('The script of the payment provider did not load'))
    }
    const timer = window.setTimeout(fail, patienceMs)
    script.addEventListener('error', fail)
    script.addEventListener('load', () => {
      window.clearTimeout(timer)
      if (window.Stripe) resolve(window.Stripe)
      else fail()
    })
    script.src = stripeScriptAddress
    document.head.append(script)
  })
}
