/** What the server renders hosted pages with: the entry of the server's build. */
export {
  chooseLocale,
  chooseTheme,
  clientEntry,
  renderAuthentication,
  renderCheckout,
  renderMessage,
} from './checkout/render.tsx'
export { renderMailChoice } from './portal/mail-choice.tsx'
export { renderConfirmation, renderEmailChange, renderPortal, renderPortalEnded } from './portal/render.tsx'
export { renderWithdrawal } from './portal/withdrawal.tsx'
