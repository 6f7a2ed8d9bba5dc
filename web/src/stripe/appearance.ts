import type { Appearance } from '@stripe/stripe-js'
import { hexColour } from './colours.ts'

const roles = ['raised', 'ink', 'ink-soft', 'edge', 'accent', 'bad'] as const
type Palette = Partial<Record<(typeof roles)[number], string>>

/** The page's colours as they are now: a theme of the page's own or of the system has decided between light and dark. */
function readPalette(): Palette {
  const probe = document.createElement('span')
  probe.hidden = true
  document.body.append(probe)
  const palette: Palette = {}
  for (const role of roles) {
    probe.style.color = `var(--${role})`
    const colour = hexColour(getComputedStyle(probe).color)
    if (colour !== undefined) palette[role] = colour
  }
  probe.remove()
  return palette
}

/** Whether the page is dark at the moment. */
function isDark(): boolean {
  const theme = document.documentElement.dataset.theme
  return theme === 'dark' || (theme !== 'light' && window.matchMedia('(prefers-color-scheme: dark)').matches)
}

/** Stripe's fields in the colours, sizes and corners of the fields around them. */
export function currentAppearance(): Appearance {
  const { raised, ink, 'ink-soft': soft, edge, accent, bad } = readPalette()
  const isCalm = window.matchMedia('(prefers-reduced-motion: reduce)').matches
  const set = (values: Record<string, string | undefined>) =>
    Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
  return {
    theme: isDark() ? 'night' : 'stripe',
    labels: 'above',
    inputs: 'spaced',
    disableAnimations: isCalm,
    variables: set({
      fontFamily: getComputedStyle(document.documentElement).fontFamily,
      // 16 px at least: smaller text makes phones zoom into the field.
      fontSizeBase: '16px',
      borderRadius: '10px',
      gridRowSpacing: '16px',
      gridColumnSpacing: '16px',
      colorPrimary: accent,
      colorBackground: raised,
      colorText: ink,
      colorTextSecondary: soft,
      colorTextPlaceholder: soft,
      colorDanger: bad,
      inputColorBorder: edge,
      inputBoxShadow: 'none',
      inputFocusColorBorder: accent,
      inputFocusBoxShadow: accent && `0 0 0 1px ${accent}`,
      labelColorText: ink,
      labelFontSize: '14px',
      labelFontWeight: '550',
      labelSpacing: '6px',
    }),
    rules: { '.Input': { padding: '11px 12px', lineHeight: '24px' } },
  }
}
