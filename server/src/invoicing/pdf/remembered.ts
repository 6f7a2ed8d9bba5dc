/**
 * What was begun for a key before, or else begins it. Whoever asks meanwhile waits for the same; what fails is forgotten, so that the
 * next who asks begins anew.
 */
export function remembered<Key, Value>(
  known: Map<Key, Promise<Value>>,
  key: Key,
  begin: () => Promise<Value>,
): Promise<Value> {
  const earlier = known.get(key)
  if (earlier) return earlier
  const begun = begin()
  known.set(key, begun)
  begun.catch(() => {
    if (known.get(key) === begun) known.delete(key)
  })
  return begun
}
