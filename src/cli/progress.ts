/** Says on a terminal what is being waited for, and takes it back when it is done. */
import { printable } from './printable.ts'

/** Nobody wonders about less. Milliseconds. */
const after = 400
const every = 200

type Screen = { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown }

/** Does `work`, which may say how far it is. Writes nothing where nobody looks. */
export async function withProgress<T>(
  text: string,
  work: (say: (text: string) => void) => Promise<T>,
  screen: Screen = process.stderr,
): Promise<T> {
  if (!screen.isTTY) return work(() => {})
  let said = text
  let isShown = false
  const begun = performance.now()
  const timer = setInterval(() => {
    const passed = performance.now() - begun
    if (passed < after) return
    isShown = true
    screen.write(`\r\u001b[K${printable(said).slice(0, (screen.columns || 80) - 8)}… ${Math.round(passed / 1000)} s`)
  }, every)
  try {
    return await work((now) => {
      said = now
    })
  } finally {
    clearInterval(timer)
    if (isShown) screen.write('\r\u001b[K')
  }
}
