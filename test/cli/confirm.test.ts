/** The question before something is lost. */
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { confirm } from '../../src/cli/confirm.ts'

function terminal(typed: string, isTTY = true) {
  const input = Object.assign(new PassThrough(), { isTTY })
  const output = new PassThrough()
  input.end(typed)
  return { input, output }
}

describe('a question before something is lost', () => {
  it.each(['y\n', 'Yes\n', ' y \n'])('%j goes on', async (typed) => {
    const { input, output } = terminal(typed)
    await confirm('The inbox \u001b[31m is forgotten.', { input, output })
    output.end()
    expect(await text(output)).toMatch(/^The inbox \\u001b\[31m is forgotten\.\nGo on\? \[y\/N\]/)
  })

  it.each(['\n', 'n\n', 'yesterday\n', ''])('%j changes nothing', async (typed) => {
    await expect(confirm('All is lost.', terminal(typed))).rejects.toThrow('Nothing was changed.')
  })

  it('is not put to a script', async () => {
    const { input, output } = terminal('', false)
    await confirm('All is lost.', { input, output })
    output.end()
    expect(await text(output)).toBe('')
  })
})
