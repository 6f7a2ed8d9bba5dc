/** What the server renders hosted pages with: the entry of the server's build. */
export {
  chooseLocale,
  chooseTheme,
  clientEntry,
  renderAuthentication,
  renderCheckout,
  renderMessage,
} from './checkout/render.tsx'
export { renderEmailChange } from './portal/email-change.tsx'
export { renderPortalEnded } from './portal/ended.tsx'
export { renderMailChoice } from './portal/mail-choice.tsx'
export { renderConfirmation, renderPortal } from './portal/render.tsx'
export { renderWithdrawal } from './portal/withdrawal.tsx'
