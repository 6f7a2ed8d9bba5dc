/** What a customer reads on the way, written out in each language. */
const english = {
  subscribe: 'Subscribe and pay $29.00',
  pay: 'Pay $49.00',
  trial: 'Start trial',
  saveCard: 'Save card',
  approve: 'Approve',
  fail: 'Fail authentication',
  declined: 'Your card was declined',
  notConfirmed: 'Your bank couldn’t confirm it was you',
  paid: 'Payment received',
  trialStarted: 'Your trial has started',
  cardSaved: 'You’re all set',
  endingIn4242: 'Visa ending in 4242',
  reais: /^R\$157\.53$/,
  discounted: '$21.75',
  taxed: '$58.31',
  openInvoice: 'Pay the open invoice',
  otherCard: 'Change your card',
  updateTotal: 'Update the total',
  nothingDue: 'Nothing is due',
  payTaxed: 'Subscribe and pay $34.51',
  withdraw: 'Withdraw from contract here',
  confirmWithdrawal: 'Confirm withdrawal',
  withdrawn: 'We have received your withdrawal',
}

const spanish: typeof english = {
  subscribe: 'Suscribirme y pagar 29,00 US$',
  pay: 'Pagar 49,00 US$',
  trial: 'Empezar la prueba',
  saveCard: 'Guardar la tarjeta',
  approve: 'Aprobar',
  fail: 'Rechazar la autenticación',
  declined: 'Tu tarjeta fue rechazada',
  notConfirmed: 'Tu banco no pudo confirmar que eras tú',
  paid: 'Pago recibido',
  trialStarted: 'Tu prueba ha comenzado',
  cardSaved: 'Todo listo',
  endingIn4242: 'Visa terminada en 4242',
  reais: /^157,53\s(R\$|BRL)$/,
  discounted: '21,75 US$',
  taxed: '58,31 US$',
  openInvoice: 'Paga la factura pendiente',
  otherCard: 'Cambia tu tarjeta',
  updateTotal: 'Actualizar el total',
  nothingDue: 'No hay nada pendiente',
  payTaxed: 'Suscribirme y pagar 34,51 US$',
  withdraw: 'Desistir del contrato aquí',
  confirmWithdrawal: 'Confirmar el desistimiento',
  withdrawn: 'Hemos recibido tu desistimiento',
}

export type Way = {
  readonly name: string
  readonly locale: 'en' | 'es'
  readonly javaScriptEnabled: boolean
  readonly viewport: { readonly width: number; readonly height: number }
  readonly words: typeof english
}

const phone = { width: 375, height: 667 }
const desk = { width: 1280, height: 900 }

/** How people come: in both languages, with and without script, each of these on a phone and at a desk. */
export const ways: readonly Way[] = [
  { name: 'English, at a desk', locale: 'en', javaScriptEnabled: true, viewport: desk, words: english },
  { name: 'Spanish, on a phone', locale: 'es', javaScriptEnabled: true, viewport: phone, words: spanish },
  {
    name: 'English without script, on a phone',
    locale: 'en',
    javaScriptEnabled: false,
    viewport: phone,
    words: english,
  },
  { name: 'Spanish without script, at a desk', locale: 'es', javaScriptEnabled: false, viewport: desk, words: spanish },
]
