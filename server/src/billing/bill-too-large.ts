/** What whoever runs billing is told of a bill that was not asked for (decision 34). */
export function billTooLarge(subscriptionId: string): RangeError {
  return new RangeError(
    `The bill of ${subscriptionId} comes to more than a whole number of JSON. It was not asked for.`,
  )
}
