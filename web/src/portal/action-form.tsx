import type { ComponentChildren } from 'preact'
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { PageTheme } from '../checkout/render.types.ts'
import { useLanguage } from '../text/language.ts'
import { lookOf } from '../ui/look.ts'
import type { PortalRefusal } from './portal.types.ts'

/** What every form of a portal page needs to know of the page. */
export type PortalPageFacts = {
  token: string
  theme: PageTheme
  once: string
  refusal: PortalRefusal | undefined
}

export const PortalContext = createContext<PortalPageFacts | null>(null)

export function usePortalPage(): PortalPageFacts {
  const facts = useContext(PortalContext)
  if (!facts) throw new Error('The portal page has no facts')
  return facts
}

/** The address of a page of this portal, in the language and the colours of this one; the overview without `part`. */
export function usePortalAddress(): (part?: string, more?: Readonly<Record<string, string>>) => string {
  const { token, theme } = usePortalPage()
  const { locale } = useLanguage()
  return (part = '', more = {}) => {
    return `/portal/${encodeURIComponent(token)}${part && `/${part}`}?${lookOf(locale, theme, more)}`
  }
}

/** What was refused of this action, when it was this one that was refused. */
export function useRefusal(action: string): PortalRefusal | undefined {
  const { refusal } = usePortalPage()
  return refusal?.action === action ? refusal : undefined
}

type ActionFormProps = {
  action: string
  class?: string
  /** What the page says it charges: more than that is not charged. */
  shown?: { total: number; currency: string }
  children: ComponentChildren
}

/** A form that does one thing. Its key makes a second press of the button ask for nothing more. */
export function ActionForm({ action, class: className, shown, children }: ActionFormProps) {
  const address = usePortalAddress()
  const { once } = usePortalPage()
  return (
    <form method="post" action={address(action)} class={className}>
      <input type="hidden" name="once" value={`${once}-${action}`} />
      {shown && <input type="hidden" name="shown" value={`${shown.total} ${shown.currency}`} />}
      {children}
    </form>
  )
}
