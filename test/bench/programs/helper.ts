/** How a helper process speaks to the program that started it: where it listens, and answers to what it is told. */

export type Commands = Readonly<Record<string, (value: never) => unknown>>

export function introduce(url: string, commands: Commands = {}): void {
  process.on('message', async ({ id, command, value }: { id: number; command: string; value: unknown }) => {
    process.send?.({ answerTo: id, value: await commands[command]?.(value as never) })
  })
  process.on('disconnect', () => process.exit())
  process.send?.({ url })
}
