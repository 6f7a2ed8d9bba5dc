/** The words of mails about withdrawing from a contract, and about refunds that fail. */
export const withdrawalEnglish = {
  withdrawUntil: 'You can withdraw from this contract until {day}, without giving a reason.',
  withdrawLink: 'Withdraw from contract here',
  contract: 'Contract',
  withdrawnAt: 'Withdrawn on',
  givenBack: 'You get back',
  withdrawnSubject: 'Your withdrawal from {name} with {seller}',
  withdrawnHeading: 'We have received your withdrawal',
  withdrawnLead: 'You have withdrawn from the contract about {name} with {seller}. It arrived on {moment}.',
  withdrawnEnded: 'Your subscription has ended, and nothing more is charged for it.',
  withdrawnRefund:
    'You get {amount} back, the way you paid. Until it shows on your statement it can take your bank some days.',
  withdrawnNothing: 'There is nothing left to give back.',
  declaredSubject: '{customer} has withdrawn from {name}',
  declaredHeading: '{customer} has withdrawn from {name}',
  declaredLead: '{customer} has used the right to withdraw from {name}, and was sent a receipt.',
  declaredRefund: '{amount} is being given back the way it was paid. Nothing has to be done for it.',
  declaredByHand:
    '{amount} was paid in a way that cannot be turned round from here. Please give it back yourself, within 14 days.',
  customer: 'Customer',
  earlierWithdrawals: 'Withdrawals before',
  subscription: 'Subscription',
  transaction: 'Transaction',
  refundFailedSubject: 'A refund of {amount} was refused',
  refundFailedHeading: 'A refund of {amount} was refused',
  refundFailedLead:
    'The payment provider did not give {amount} back. Try again, or give it back to the customer in another way.',
}

export const withdrawalSpanish: Readonly<Record<keyof typeof withdrawalEnglish, string>> = {
  withdrawUntil: 'Puedes desistir de este contrato hasta el {day}, sin dar ningún motivo.',
  withdrawLink: 'Desistir del contrato aquí',
  contract: 'Contrato',
  withdrawnAt: 'Fecha del desistimiento',
  givenBack: 'Te devolvemos',
  withdrawnSubject: 'Tu desistimiento de {name} con {seller}',
  withdrawnHeading: 'Hemos recibido tu desistimiento',
  withdrawnLead: 'Has desistido del contrato de {name} con {seller}. Lo recibimos el {moment}.',
  withdrawnEnded: 'Tu suscripción ha terminado y no se cobra nada más por ella.',
  withdrawnRefund:
    'Te devolvemos {amount} por el mismo medio con el que pagaste. Tu banco puede tardar unos días en mostrarlo en tu extracto.',
  withdrawnNothing: 'No queda nada por devolver.',
  declaredSubject: '{customer} ha desistido de {name}',
  declaredHeading: '{customer} ha desistido de {name}',
  declaredLead: '{customer} ha ejercido su derecho a desistir de {name} y ha recibido un justificante.',
  declaredRefund: 'Se devuelven {amount} por el mismo medio con el que se pagaron. No hay que hacer nada.',
  declaredByHand:
    '{amount} se pagaron de un modo que no se puede deshacer desde aquí. Devuélvelos por tu cuenta en un plazo de 14 días.',
  customer: 'Cliente',
  earlierWithdrawals: 'Desistimientos anteriores',
  subscription: 'Suscripción',
  transaction: 'Transacción',
  refundFailedSubject: 'Se ha rechazado un reembolso de {amount}',
  refundFailedHeading: 'Se ha rechazado un reembolso de {amount}',
  refundFailedLead:
    'El proveedor de pagos no ha devuelto {amount}. Inténtalo de nuevo o devuélvelo al cliente de otra manera.',
}
