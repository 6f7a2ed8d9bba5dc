import { caretAfterDigits, digitsOf } from './card-number.ts'

/** Rewrites what a field shows while it is typed in, and leaves the caret behind the same digit. */
export function typeInPlace(input: HTMLInputElement, formatted: string): void {
  if (input.value === formatted) return
  const caret = input.selectionStart ?? input.value.length
  const isAtEnd = caret === input.value.length
  const digitsBefore = digitsOf(input.value.slice(0, caret)).length
  input.value = formatted
  if (!isAtEnd) {
    const at = caretAfterDigits(formatted, digitsBefore)
    input.setSelectionRange(at, at)
  }
}
