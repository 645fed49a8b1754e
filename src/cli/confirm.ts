/** Asks before something is lost, where there is somebody to ask. */
import { createInterface } from 'node:readline/promises'
import { printable } from './printable.ts'

type Terminal = { readonly input: NodeJS.ReadableStream & { isTTY?: boolean }; readonly output: NodeJS.WritableStream }

/** The option of every command that asks. */
export const withoutAsking = ['-y, --yes', 'don’t ask'] as const

/** Somebody was asked, and didn't say yes. */
class Declined extends Error {
  constructor() {
    super('Nothing was changed.')
    this.name = 'Declined'
  }
}

/** Says what will be lost and goes on with a `y` or `yes` only. A script, which nobody answers for, goes on at once. @throws {Declined} */
export async function confirm(
  loss: string,
  { input, output }: Terminal = { input: process.stdin, output: process.stderr },
): Promise<void> {
  if (!input.isTTY) return
  const lines = createInterface({ input, output })
  try {
    const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')))
    const answer = await Promise.race([lines.question(`${printable(loss)}\nGo on? [y/N] `), closed])
    if (!/^y(es)?$/i.test(answer.trim())) throw new Declined()
  } finally {
    lines.close()
  }
}
