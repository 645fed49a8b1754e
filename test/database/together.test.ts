/** Statements together: at once while there is time, by many when there isn't, and nobody behind one that hangs. */
import { describe, expect, it } from 'vitest'
import { together } from '../../src/database/together.ts'
import { defer, errorOf } from '../support/promises.ts'

/** A database that answers when it is told, each key by its double. */
function slowDatabase() {
  const statements: { readonly keys: readonly number[]; answer(): void; fail(error: Error): void }[] = []
  const ask = together<number, number>((keys) => {
    const { promise, resolve, reject } = defer<number[]>()
    statements.push({ keys, answer: () => resolve(keys.map((key) => key * 2)), fail: reject })
    return promise
  })
  return { statements, ask, asked: () => statements.map(({ keys }) => keys) }
}
const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('what is asked of the database', () => {
  it('goes out at once, for all who ask in the same moment', async () => {
    const { ask, asked, statements } = slowDatabase()
    const answers = Promise.all([ask(1), ask(2)])
    await turn()
    expect(asked()).toEqual([[1, 2]])
    statements[0]?.answer()
    expect(await answers).toEqual([2, 4])
  })

  it('goes out together with what else is asked while two statements are under way', async () => {
    const { ask, asked, statements } = slowDatabase()
    const answers: Promise<number>[] = []
    for (const key of [1, 2, 3, 4, 5]) {
      answers.push(ask(key))
      await turn()
    }
    expect(asked()).toEqual([[1], [2]])
    statements[0]?.answer()
    await turn()
    expect(asked()).toEqual([[1], [2], [3, 4, 5]])
    for (const statement of statements) statement.answer()
    expect(await Promise.all(answers)).toEqual([2, 4, 6, 8, 10])
  })

  it('waits for no statement that hangs', async () => {
    const { ask, asked, statements } = slowDatabase()
    for (const key of [1, 2]) {
      void ask(key)
      await turn()
    }
    const third = ask(3)
    await expect.poll(asked).toEqual([[1], [2], [3]])
    statements[2]?.answer()
    expect(await third).toBe(6)
  })

  it('fails for those who asked for it, and for nobody after them', async () => {
    const { ask, statements } = slowDatabase()
    const gone = new Error('the database is away')
    const failed = [errorOf(ask(1)), errorOf(ask(2))]
    await turn()
    statements[0]?.fail(gone)
    expect(await Promise.all(failed)).toEqual([gone, gone])
    const next = ask(3)
    await turn()
    statements[1]?.answer()
    expect(await next).toBe(6)
  })
})
