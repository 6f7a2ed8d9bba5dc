/** Somebody who needs keys of their own while they work. */
export type KeyUser = { readonly keys: readonly string[] }

type Turn<User> = { readonly user: User; readonly settledKeys: Set<string> }

/**
 * Lets the users of a key through one after the other, so that two events with the same key never share a batch. Once a key
 * is known to be used up, everybody who waits for it may pass: they will all be told so.
 */
export class KeyTurns<User extends KeyUser> {
  readonly #held = new Map<string, Turn<User>[]>()
  readonly #holdings = new Map<User, readonly string[]>()
  readonly #admit: (user: User) => void

  constructor(admit: (user: User) => void) {
    this.#admit = admit
  }

  /** Admits a user as soon as nobody holds one of their keys; at once when that is now. */
  enter(user: User): void {
    this.#tryToPass({ user, settledKeys: new Set() })
  }

  /** The user is done. `isUsedUp` says of a key whether it can never be claimed again. */
  leave(user: User, isUsedUp: (key: string) => boolean): void {
    const keys = this.#holdings.get(user) ?? []
    this.#holdings.delete(user)
    const waiting = keys.flatMap((key) => {
      const turns = this.#held.get(key) ?? []
      this.#held.delete(key)
      if (isUsedUp(key)) for (const { settledKeys } of turns) settledKeys.add(key)
      return turns
    })
    for (const turn of waiting) this.#tryToPass(turn)
  }

  #tryToPass(turn: Turn<User>): void {
    const needed = turn.user.keys.filter((key) => !turn.settledKeys.has(key))
    for (const key of needed) {
      const queue = this.#held.get(key)
      if (queue) {
        queue.push(turn)
        return
      }
    }
    for (const key of needed) this.#held.set(key, [])
    this.#holdings.set(turn.user, needed)
    this.#admit(turn.user)
  }
}
