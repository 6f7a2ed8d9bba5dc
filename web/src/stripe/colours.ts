/** 'rgb(18, 32, 29)', as browsers compute a colour, in the notation that Stripe's fields take; undefined for any other. */
export function hexColour(computed: string): string | undefined {
  const parts = /^rgb\((\d{1,3}), (\d{1,3}), (\d{1,3})\)$/.exec(computed)?.slice(1)
  return parts && `#${parts.map((part) => Number(part).toString(16).padStart(2, '0')).join('')}`
}
