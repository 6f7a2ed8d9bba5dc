/** Methods of the public client that this server does not answer yet. A method that is built must leave the list. */
export const methodsNotBuiltYet: readonly string[] = []

/** Fields of built operations that are still missing, in the words of the comparison. One that is built must leave the list. */
export const gapsNotBuiltYet: readonly string[] = []
