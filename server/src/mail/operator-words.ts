/** The words of mails to operators. */
export const operatorEnglish = {
  endpoint: 'Endpoint',
  event: 'Event',
  reason: 'Reason',
  webhookFailedSubject: 'A webhook could not be delivered: {event}',
  webhookFailedHeading: '{event} could not be delivered',
  webhookFailedLead:
    'We tried {attempts} times to tell {url} of an event and were not understood. Nothing more is tried by itself; the delivery can be sent again.',
  webhookOffSubject: 'A webhook endpoint was switched off',
  webhookOffHeading: 'A webhook endpoint was switched off',
  webhookOffLead: '{failures} events in a row could not be delivered to {url}, so it was switched off.',
  webhookOffNext:
    'When it works again, switch it on. What happened meanwhile is not sent by itself: a replay of that time does so.',
  webhookFurther: 'More events that failed there in the same moment: {count}.',
  webhookQuiet: 'For an hour from now no other failure of this endpoint is mailed. The log of deliveries has them all.',
  customer: 'Customer',
  account: 'Account',
  sold: 'Sold',
  disputeOpenedSubject: 'A payment of {amount} is disputed',
  disputeOpenedLead: '{customer} has asked their bank for {amount} back, and the bank has taken it from you for now.',
  disputeOpenedNext:
    'Answer at your payment provider in time, with what shows that it was owed. Without an answer it is lost.',
  disputeWonSubject: 'Dispute won: {amount} stays with you',
  disputeWonLead: 'The bank has decided for you: the payment of {amount} by {customer} stands.',
  disputeWonOwedSubject: 'Dispute won: {amount} goes back after a withdrawal',
  disputeWonOwedLead:
    'The bank has decided for you, but {customer} has withdrawn from the contract that {amount} were paid for.',
  disputeLostSubject: 'Dispute lost: {amount} is gone',
  disputeLostLead:
    'The bank has decided for {customer} and given them {amount} back. Their access goes on unless you end it.',
  payoutPaidSubject: '{amount} was paid out to you',
  payoutPaidLead: 'Your bank account ending in {last4} has received {amount}.',
  payoutFailedSubject: 'A payout of {amount} failed',
  payoutFailedLead: 'Your bank account ending in {last4} has not taken {amount}. The money is in your balance again.',
  unpaidLostSubject: '{customer} has not paid: {plan} has ended',
  unpaidLostHeading: 'A subscription has ended unpaid',
  unpaidLostLead:
    'No try to collect {amount} from {customer} has worked, so {plan} has ended. The customer has been told.',
  saleSubject: 'Sold: {sold} for {amount}',
  saleLead: '{customer} has paid {amount} for {sold}.',
}

export const operatorSpanish: Readonly<Record<keyof typeof operatorEnglish, string>> = {
  endpoint: 'Endpoint',
  event: 'Evento',
  reason: 'Motivo',
  webhookFailedSubject: 'No se ha podido entregar un webhook: {event}',
  webhookFailedHeading: 'No se ha podido entregar {event}',
  webhookFailedLead:
    'Hemos intentado {attempts} veces avisar a {url} de un evento sin éxito. No se intentará más por sí solo; la entrega puede reenviarse.',
  webhookOffSubject: 'Se ha desactivado un endpoint de webhooks',
  webhookOffHeading: 'Se ha desactivado un endpoint de webhooks',
  webhookOffLead: '{failures} eventos seguidos no se han podido entregar a {url}, así que se ha desactivado.',
  webhookOffNext:
    'Cuando vuelva a funcionar, actívalo. Lo ocurrido entretanto no se envía por sí solo: una repetición de ese periodo sí lo hace.',
  webhookFurther: 'Otros eventos que fallaron allí en el mismo momento: {count}.',
  webhookQuiet:
    'Durante una hora no se avisará por correo de más fallos de este endpoint. El registro de entregas los tiene todos.',
  customer: 'Cliente',
  account: 'Cuenta',
  sold: 'Venta',
  disputeOpenedSubject: 'Se ha disputado un pago de {amount}',
  disputeOpenedLead:
    '{customer} ha pedido a su banco que le devuelva {amount}, y el banco te los ha retirado por ahora.',
  disputeOpenedNext:
    'Responde a tiempo en tu proveedor de pagos, con lo que demuestre la deuda. Sin respuesta se pierde.',
  disputeWonSubject: 'Disputa ganada: conservas {amount}',
  disputeWonLead: 'El banco te ha dado la razón: el pago de {amount} de {customer} se mantiene.',
  disputeWonOwedSubject: 'Disputa ganada: hay que devolver {amount} por un desistimiento',
  disputeWonOwedLead:
    'El banco te ha dado la razón, pero {customer} ha desistido del contrato por el que se pagaron {amount}.',
  disputeLostSubject: 'Disputa perdida: {amount}',
  disputeLostLead:
    'El banco ha dado la razón a {customer} y le ha devuelto {amount}. Conserva el acceso mientras no se lo quites.',
  payoutPaidSubject: 'Transferencia realizada: {amount}',
  payoutPaidLead: 'Tu cuenta bancaria terminada en {last4} ha recibido {amount}.',
  payoutFailedSubject: 'Transferencia fallida: {amount}',
  payoutFailedLead:
    'Tu cuenta bancaria terminada en {last4} no ha aceptado {amount}. El dinero vuelve a estar en tu saldo.',
  unpaidLostSubject: '{customer} no ha pagado: {plan} ha terminado',
  unpaidLostHeading: 'Una suscripción ha terminado sin pagarse',
  unpaidLostLead:
    'Ningún intento de cobrar {amount} a {customer} ha funcionado, así que {plan} ha terminado. Se le ha avisado.',
  saleSubject: 'Vendido: {sold} por {amount}',
  saleLead: '{customer} ha pagado {amount} por {sold}.',
}
