/** Some fields of a thing, as an update gives them: absent and undefined both leave a field as it is. */
export type Changes<Whole> = { readonly [Field in keyof Whole]?: Whole[Field] | undefined }

/** The thing with the changes that are given. */
export function withChanges<Whole extends object>(current: Whole, changes: Changes<Whole>): Whole {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined)
  return { ...current, ...Object.fromEntries(given) }
}
