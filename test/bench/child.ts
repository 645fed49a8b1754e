/** What the helper processes share: where they listen, and how they speak to the program that started them. */
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** node:http on a free port of loopback, with connections that stay open longer than any pause in a measurement. */
export async function listen(answer: RequestListener): Promise<string> {
  const server = createServer({ keepAliveTimeout: 300_000 }, answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

type Commands = Readonly<Record<string, (value: never) => unknown>>

/** Tells where the process listens, and has it do what it is told. It ends with the program that started it. */
export function introduce(url: string, commands: Commands = {}): void {
  process.on('message', async ({ id, command, value }: { id: number; command: string; value: unknown }) => {
    process.send?.({ answerTo: id, value: await commands[command]?.(value as never) })
  })
  process.on('disconnect', () => process.exit())
  process.send?.({ url })
}
