/** What the double of Stripe shows in its frame: three fields in the look it was given, which tell the page nothing but whether they are filled in. */
export const fieldsFrame = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Secure payment input frame</title>
<style>
  body { margin: 0; background: transparent }
  form { display: grid; grid-template-columns: 1fr 1fr }
  form > :first-child { grid-column: 1 / -1 }
  label { display: block }
  input { box-sizing: border-box; inline-size: 100%; border: 1px solid #888; font: inherit }
  p { margin: 0; grid-column: 1 / -1 }
  p:empty { display: none }
</style>
<form>
  <div><label for="number"></label><input id="number" inputmode="numeric" autocomplete="cc-number" placeholder="1234 1234 1234 1234"></div>
  <div><label for="expiry"></label><input id="expiry" inputmode="numeric" autocomplete="cc-exp" placeholder="MM / YY"></div>
  <div><label for="cvc"></label><input id="cvc" inputmode="numeric" autocomplete="cc-csc" placeholder="CVC"></div>
  <p role="alert"></p>
</form>
<script>
  const { appearance, locale } = JSON.parse(decodeURIComponent(location.hash.slice(1)))
  const words = locale === 'es'
    ? ['Número de tarjeta', 'Fecha de caducidad', 'Código de seguridad', 'Tu número de tarjeta está incompleto.']
    : ['Card number', 'Expiration date', 'Security code', 'Your card number is incomplete.']
  const inputs = [...document.querySelectorAll('input')]
  document.documentElement.lang = locale
  document.querySelectorAll('label').forEach((label, index) => { label.textContent = words[index] })
  function look({ variables = {}, rules = {} }) {
    const v = variables
    const style = document.body.style
    style.font = (v.fontSizeBase || '16px') + ' ' + (v.fontFamily || 'sans-serif')
    style.color = v.colorText || ''
    const form = document.forms[0].style
    form.gap = (v.gridRowSpacing || '12px') + ' ' + (v.gridColumnSpacing || '12px')
    form.padding = '2px'
    for (const label of document.querySelectorAll('label')) Object.assign(label.style, {
      color: v.labelColorText || '', fontSize: v.labelFontSize || '', fontWeight: v.labelFontWeight || '', marginBottom: v.labelSpacing || '',
    })
    for (const input of inputs) Object.assign(input.style, {
      background: v.colorBackground || '', color: v.colorText || '', borderColor: v.inputColorBorder || '', borderRadius: v.borderRadius || '', ...rules['.Input'],
    })
    document.querySelector('p').style.color = v.colorDanger || ''
  }
  look(appearance)
  function problemOf([number, expiry, cvc]) {
    if (number.replace(/\\D/g, '').length < 15) return 'incomplete_number'
    if (expiry.replace(/\\D/g, '').length < 4) return 'incomplete_expiry'
    return cvc.length < 3 ? 'incomplete_cvc' : null
  }
  document.addEventListener('input', () => {
    const values = inputs.map(({ value }) => value)
    document.querySelector('p').textContent = ''
    // What a card does is all the page is told of it: its number stays here.
    const cards = { '4242424242424242': 'visa', '4000000000000002': 'declined', '4000000000009995': 'nofunds',
      '4000002500003155': '3ds', '4000000000000341': 'later' }
    parent.postMessage({ type: 'typed', card: cards[values[0].replace(/\\D/g, '')] || 'visa', problem: problemOf(values) }, '*')
  })
  addEventListener('message', ({ data }) => {
    if (data.type === 'look') look(data.appearance)
    if (data.type === 'problem') { document.querySelector('p').textContent = words[3]; inputs[0].focus() }
    parent.postMessage({ type: 'grown', height: document.forms[0].offsetHeight + 4 }, '*')
  })
  parent.postMessage({ type: 'ready', height: document.forms[0].offsetHeight + 4 }, '*')
</script></html>`

/** The bank, as Stripe shows it over the page. */
export const bankFrame = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Bank</title>
<style>
  body { display: grid; place-items: center; min-height: 100vh; margin: 0; font: 16px sans-serif }
  main { padding: 2rem; border-radius: 12px; background: #fff; color: #222 }
  button { font: inherit; padding: .5rem 1rem }
</style>
<main><h1>3D Secure test page</h1><button value="approve">Complete</button> <button value="fail">Fail</button></main>
<script>
  document.addEventListener('click', ({ target }) => { if (target.value) parent.postMessage({ answer: target.value }, '*') })
</script></html>`
