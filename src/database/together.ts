/** Statements of many askers as one: a database that has nothing else to do is asked at once, a busy one less often. */
import DataLoader from 'dataloader'

/** Statements of one kind under way at once. What is asked for meanwhile goes out together when one of them is answered. */
const atOnce = 2
/** Or after this long: nobody waits behind a statement that hangs. Milliseconds. */
const patience = 100

/** Asks for one thing by a statement that answers many: `load` gives an answer, or an Error, for each of the keys, in their order. */
export function together<Key, Value>(
  load: (keys: readonly Key[]) => Promise<readonly (Value | Error)[]>,
): (key: Key) => Promise<Value> {
  const waiting = new Set<() => void>()
  let underWay = 0
  const next = () => {
    underWay -= 1
    const [first] = waiting
    if (underWay < atOnce) first?.()
  }
  const loader = new DataLoader<Key, Value>((keys) => load(keys).finally(next), {
    cache: false,
    maxBatchSize: 500,
    batchScheduleFn(send) {
      const go = () => {
        waiting.delete(go)
        clearTimeout(timer)
        underWay += 1
        // Not before the first key is in.
        queueMicrotask(send)
      }
      const timer = underWay < atOnce ? undefined : setTimeout(go, patience)
      if (timer === undefined) go()
      else waiting.add(go)
    },
  })
  return (key) => loader.load(key)
}
