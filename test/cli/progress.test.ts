/** What a terminal shows while a command waits. */
import { afterEach, expect, it, vi } from 'vitest'
import { withProgress } from '../../src/cli/progress.ts'

afterEach(() => {
  vi.useRealTimers()
})

function screen(isTTY: boolean) {
  const written: string[] = []
  return { written, isTTY, columns: 40, write: (text: string) => written.push(text) }
}

it('says what is waited for, and leaves nothing behind', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
  const terminal = screen(true)
  await withProgress(
    'Looking',
    async (say) => {
      vi.advanceTimersByTime(1_000)
      say('Looking at 2 of 3')
      vi.advanceTimersByTime(1_000)
    },
    terminal,
  )
  expect(terminal.written.join('')).toMatch(/Looking… 1 s[\s\S]*Looking at 2 of 3… 2 s/)
  expect(terminal.written.at(-1)).toBe('\r\u001b[K')
})

it('writes nothing where nobody looks, nor for what is done at once', async () => {
  for (const silent of [screen(false), screen(true)]) {
    expect(await withProgress('Looking', async () => 'found', silent)).toBe('found')
    expect(silent.written).toEqual([])
  }
})
