import type { MessageKey, Messages } from './messages.ts'

export type Placeholders = Readonly<Record<string, string>>

/** The text of `key` with every `{name}` replaced. A placeholder without a value stays visible: it is a mistake in the code. */
export function say(messages: Messages, key: MessageKey, values: Placeholders = {}): string {
  return messages[key].replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)
}

/** True when a text of this name exists, for keys that are put together from codes. */
export function isMessageKey(messages: Messages, key: string): key is MessageKey {
  return Object.hasOwn(messages, key)
}
