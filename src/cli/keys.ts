/** `bridge keys …`: the keys that seal the connections. */
import type { Command } from 'commander'
import type { Rotation } from '../admin/api-schemas.ts'
import { newKey } from '../keys.ts'
import { withAdminApi } from './admin.ts'
import { asJson, print, withExamples } from './print.ts'
import { withProgress } from './progress.ts'

export function addKeyCommands(program: Command): void {
  const keys = program.command('keys').description('the keys that seal the connections')
  withExamples(keys, 'keys new', 'keys rotate')

  const fresh = keys
    .command('new [id]')
    .description('print a new key for ENCRYPTION_KEYS')
    .option(...asJson)
    .action((id = `k${Date.now().toString(36)}`, { json }: { json?: true }) => {
      const key = newKey(id)
      print(json, { id, key }, () => [key])
    })
  withExamples(fresh, 'keys new', 'keys new k2027')

  const rotate = keys
    .command('rotate')
    .description('seal every connection by the first of ENCRYPTION_KEYS, so that the others can be dropped')
    .option(...asJson)
    .action(async ({ json }: { json?: true }) => {
      const rotation = await withProgress('Sealing the connections', () =>
        withAdminApi((api) => api.call<Rotation>('POST', '/keys/rotate')),
      )
      print(json, rotation, () => [
        `Sealed anew: ${rotation.resealed}. Sealed by the first key already: ${rotation.unchanged}.`,
        rotation.lost.length === 0
          ? 'Servers that were started without the first key can’t open them: restart those now. Then the other keys are no longer needed.'
          : `No key opens the connections of: ${rotation.lost.join(', ')}. Keep the other keys, or reconnect these inboxes.`,
      ])
      if (rotation.lost.length > 0) process.exitCode = 1
    })
  withExamples(rotate, 'keys rotate')
}
