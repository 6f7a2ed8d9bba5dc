import type { CheckoutFormValues } from './render.types.ts'

/** Writes values into a form's fields as if they had been typed, so that everything that listens follows. */
export function fillForm(form: HTMLFormElement, values: CheckoutFormValues): void {
  for (const [name, value] of Object.entries(values)) {
    const control = form.elements.namedItem(name)
    if (!(control instanceof HTMLInputElement || control instanceof HTMLSelectElement)) continue
    control.value = value
    control.dispatchEvent(new Event('input', { bubbles: true }))
    control.dispatchEvent(new Event('change', { bubbles: true }))
    control.dispatchEvent(new Event('blur'))
  }
}
