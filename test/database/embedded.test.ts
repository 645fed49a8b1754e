/** The embedded database has one owner: a second process that writes to its folder loses rows, silently. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, watch, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/database/database.ts'
import { FolderInUse, openEmbeddedPostgres } from '../../src/database/embedded.ts'

const folder = join(mkdtempSync(join(tmpdir(), 'crm-bridge-embedded-')), 'data')
afterAll(() => rmSync(join(folder, '..'), { recursive: true, force: true }))

const source = (name: string) => JSON.stringify(join(import.meta.dirname, '../../src/database', name))
const here = JSON.stringify(folder)

/** Another process that opens the folder, writes an inbox, says so, and then does nothing for ever. */
async function startOwner(): Promise<ChildProcess> {
  const script = `
    const { openDatabase } = await import(${source('database.ts')})
    const { prisma } = await openDatabase({ folder: ${here} })
    await prisma.inbox.create({ data: { name: 'Written by another process', keyHash: Buffer.from(String(process.pid)) } })
    console.log('written')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [said] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
  if (String(said).trim() !== 'written') throw new Error('the other process could not open the folder')
  return child
}

/** What another process is told that wants the folder. */
async function tryInAnotherProcess(): Promise<string> {
  const script = `
    const { openEmbeddedPostgres } = await import(${source('embedded.ts')})
    const told = await openEmbeddedPostgres(${here}).then(({ close }) => close().then(() => 'opened'), (error) => error.name)
    console.log(told)`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script])
  return stdout.trim()
}

// Whole processes take their time on a busy machine.
describe('the embedded database', { timeout: 60_000 }, () => {
  it('is its owner’s alone, in this process and in any other, until it is closed', async () => {
    const owner = await openDatabase({ folder })
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    await expect(openEmbeddedPostgres(folder)).rejects.toThrow(FolderInUse)
    await expect(openDatabase({ folder })).rejects.toThrow(FolderInUse)
    expect(await tryInAnotherProcess()).toBe('FolderInUse')
    // Whoever was turned away hasn't loosened the owner's hold.
    expect(await tryInAnotherProcess()).toBe('FolderInUse')
    await owner.prisma.inbox.create({ data: { name: 'Written by the first owner', keyHash: Buffer.from('1') } })
    await owner.close()
    const next = await openEmbeddedPostgres(folder)
    await next.close()
  })

  it('is for nobody else’s eyes from its first moment, and after each start, whoever may look into the folder around it', async () => {
    const open = join(folder, '..', 'open')
    const cluster = join(open, 'postgres')
    const mode = () => statSync(cluster).mode & 0o777
    mkdirSync(open)
    chmodSync(open, 0o755)
    const modes: number[] = []
    const watcher = watch(open, (_event, name) => {
      const made = join(open, String(name))
      if (existsSync(made) && statSync(made).isDirectory()) modes.push(statSync(made).mode & 0o777)
    })
    await openEmbeddedPostgres(open).then(({ close }) => close())
    watcher.close()
    expect(new Set(modes)).toEqual(new Set([0o700]))
    expect(mode()).toBe(0o700)
    chmodSync(cluster, 0o777)
    await openEmbeddedPostgres(open).then(({ close }) => close())
    expect(mode()).toBe(0o700)
  })

  it('is free again, with all that was written, once its owner is killed', async () => {
    const child = await startOwner()
    await expect(openDatabase({ folder })).rejects.toThrow(FolderInUse)
    child.kill('SIGKILL')
    await once(child, 'exit')
    const next = await openDatabase({ folder })
    expect(next.applied).toEqual([])
    const inboxes = await next.prisma.inbox.findMany({ orderBy: { createdAt: 'asc' } })
    expect(inboxes.map(({ name }) => name)).toEqual(['Written by the first owner', 'Written by another process'])
    await next.close()
  })

  it.each(['', '-42'])('opens again after its owner was killed when PostgreSQL’s own lock file had %j in it', async (written) => {
    await openDatabase({ folder }).then(({ close }) => close())
    writeFileSync(join(folder, 'postgres', 'postmaster.pid'), written)
    const next = await openDatabase({ folder })
    expect(await next.prisma.inbox.count()).toBe(2)
    await next.close()
  })
})
