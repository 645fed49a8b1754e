/** What is made when it is first needed, once. A promise that is broken is forgotten: who asks next has another. */
export function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    if (made !== undefined) return made.value
    const one = { value: make() }
    made = one
    if (one.value instanceof Promise)
      one.value.catch(() => {
        if (made === one) made = undefined
      })
    return one.value
  }
}
