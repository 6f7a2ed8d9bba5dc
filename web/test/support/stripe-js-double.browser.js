// Stripe's script as its public reference describes it, as far as the checkout uses it. It runs in the page, in the place of
// https://js.stripe.com/endive/stripe.js, and shows its fields in a frame of that host, so that the page's content policy and the
// separation of origins are tried as they are in life. What the page did with it is kept in `window.stripeDouble`.
;(() => {
  const used = { keys: [], groups: [], updates: [], appearances: [], elements: [], tokens: [], actions: [] }
  window.stripeDouble = used
  const fields = 'https://js.stripe.com/endive/fields'

  class IntegrationError extends Error {
    name = 'IntegrationError'
  }

  function checkGroup(options) {
    if (!['payment', 'setup', 'subscription'].includes(options.mode)) throw new IntegrationError('mode is required')
    if (options.paymentMethodTypes) throw new IntegrationError('paymentMethodTypes is not supported any more')
    if (options.mode === 'setup') return
    if (!/^[a-z]{3}$/.test(options.currency)) throw new IntegrationError('currency is required')
    if (!Number.isInteger(options.amount) || options.amount <= 0) throw new IntegrationError('amount must be above 0')
  }

  function frame(address, title, style) {
    const made = document.createElement('iframe')
    made.src = address
    made.title = title
    for (const [name, value] of Object.entries(style)) made.style.setProperty(name, value)
    return made
  }

  /** Words from a frame of Stripe's, and of nobody else's. */
  function hear(source, listener) {
    const handler = (event) => {
      if (source.contentWindow === event.source && /^https:\/\/(js|hooks)\.stripe\.com$/.test(event.origin))
        listener(event.data)
    }
    window.addEventListener('message', handler)
    return () => window.removeEventListener('message', handler)
  }

  function paymentElement(group, options) {
    const listeners = {}
    const state = { card: null, problem: null, iframe: null, isSubmitted: false }
    const tell = (type, event = {}) => {
      for (const listener of listeners[type] ?? []) listener({ elementType: 'payment', ...event })
    }
    used.elements.push(options)
    return {
      state,
      on(type, listener) {
        listeners[type] = [...(listeners[type] ?? []), listener]
        return this
      },
      mount(place) {
        if (state.iframe) throw new IntegrationError('This element is mounted already')
        const look = encodeURIComponent(JSON.stringify({ appearance: group.appearance ?? {}, locale: group.locale }))
        state.iframe = frame(`${fields}#${look}`, 'Secure payment input frame', {
          border: '0',
          width: '100%',
          height: '160px',
        })
        state.deaf = hear(state.iframe, (said) => {
          if (said.height !== undefined) state.iframe.style.setProperty('height', `${said.height}px`)
          if (said.type === 'ready') tell('ready')
          if (said.type === 'typed') {
            state.card = said.card
            state.problem = said.problem
            state.isSubmitted = false
            tell('change', { empty: false, complete: said.problem === null, value: { type: 'card' } })
          }
        })
        place.append(state.iframe)
      },
      say(message) {
        state.iframe?.contentWindow?.postMessage(message, 'https://js.stripe.com')
      },
      destroy() {
        state.deaf?.()
        state.iframe?.remove()
        state.iframe = null
      },
    }
  }

  function elementsGroup(options) {
    checkGroup(options)
    const group = { ...options }
    let element = null
    used.groups.push(options)
    return {
      group,
      element: () => element,
      create(type, given = {}) {
        if (type !== 'payment' || element) throw new IntegrationError(`Can only create one element of type ${type}`)
        element = paymentElement(group, given)
        element.options = given
        return element
      },
      async update(changes) {
        used.updates.push(changes)
        Object.assign(group, changes)
        checkGroup(group)
        if (changes.appearance) element?.say({ type: 'look', appearance: changes.appearance })
      },
      async submit() {
        if (!element?.state.iframe) throw new IntegrationError('elements should have a mounted Payment Element')
        const problem = element.state.card === null ? 'incomplete_number' : element.state.problem
        if (problem !== null) {
          element.say({ type: 'problem', problem })
          return { error: { type: 'validation_error', code: problem, message: 'Your card number is incomplete.' } }
        }
        element.state.isSubmitted = true
        return { selectedPaymentMethod: 'card' }
      },
    }
  }

  // A field that was hidden has to be told instead.
  function checkDetails(options, details) {
    const hidden = options.fields?.billingDetails ?? {}
    for (const name of ['name', 'email']) {
      if (hidden[name] === 'never' && details?.[name] === undefined)
        throw new IntegrationError(`${name} was not passed`)
    }
    if (hidden.address !== 'never') return
    for (const name of ['line1', 'line2', 'city', 'state', 'postal_code', 'country']) {
      if (details?.address?.[name] === undefined) throw new IntegrationError(`address.${name} was not passed`)
    }
  }

  async function post(path, body) {
    try {
      const response = await fetch(`https://api.stripe.com${path}`, { method: 'POST', body: new URLSearchParams(body) })
      return await response.json()
    } catch {
      return {
        error: { type: 'api_connection_error', message: 'We are experiencing issues connecting to our servers.' },
      }
    }
  }

  async function createConfirmationToken(key, { elements, params }) {
    const { group } = elements
    const element = elements.element()
    if (!element?.state.isSubmitted) throw new IntegrationError('elements.submit() must be called first')
    checkDetails(element.options, params?.payment_method_data?.billing_details)
    const made = await post('/v1/confirmation_tokens', { key, card: element.state.card })
    if (made.error) return { error: made.error }
    const { mode, amount = null, currency, setupFutureUsage } = group
    used.tokens.push({ id: made.id, mode, amount, currency, setupFutureUsage, params })
    return { confirmationToken: { id: made.id, object: 'confirmation_token' } }
  }

  /** The bank in a frame over the page, until the customer has answered. */
  async function handleNextAction(key, { clientSecret }) {
    used.actions.push(clientSecret)
    const standing = await post('/v1/standing', { key, client_secret: clientSecret })
    if (standing.status !== 'requires_action') {
      throw new IntegrationError('handleNextAction: The intent is not in the requires_action state.')
    }
    const bank = frame('https://hooks.stripe.com/bank', 'Bank', {
      position: 'fixed',
      inset: '0',
      width: '100%',
      height: '100%',
      border: '0',
      'z-index': '2147483647',
      background: 'rgb(0 0 0 / 50%)',
    })
    document.body.append(bank)
    const answer = await new Promise((resolve) => {
      const deaf = hear(bank, ({ answer }) => {
        deaf()
        resolve(answer)
      })
    })
    bank.remove()
    const after = await post('/v1/authenticate', { key, client_secret: clientSecret, answer })
    if (after.error) return { error: after.error }
    return clientSecret.startsWith('seti_') ? { setupIntent: after } : { paymentIntent: after }
  }

  window.Stripe = (key, options = {}) => {
    if (!/^pk_(test|live)_/.test(key)) throw new IntegrationError('Please call Stripe() with your publishable key.')
    used.keys.push([key, options.locale])
    return {
      elements: elementsGroup,
      createConfirmationToken: (given) => createConfirmationToken(key, given),
      handleNextAction: (given) => handleNextAction(key, given),
    }
  }
})()
