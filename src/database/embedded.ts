/** Postgres inside this process: PGlite in a folder, owned by one process at a time. */
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { PGlite } from '@electric-sql/pglite'

const ownerOnly = 0o700

/** Another process has the folder open. Two writers on one PGlite folder silently lose rows. */
export class FolderInUse extends Error {
  constructor(folder: string) {
    super(`The embedded database in ${folder} is open in another process`)
    this.name = 'FolderInUse'
  }
}

export type EmbeddedPostgres = { readonly pglite: PGlite; close(): Promise<void> }

/**
 * Opens the database in `folder`, creating it when absent (some seconds the first time).
 * @throws {FolderInUse} at once, when another process has it.
 */
export async function openEmbeddedPostgres(folder: string): Promise<EmbeddedPostgres> {
  const release = own(folder)
  try {
    const cluster = join(folder, 'postgres')
    if (!existsSync(cluster)) await makeCluster(cluster)
    // PGlite's files are everybody's to read and write: only the folder keeps others from them, whoever made the one around it, and how.
    chmodSync(cluster, ownerOnly)
    // Whoever wrote it has gone, or the folder would be theirs; empty, as one leaves it who is killed just then, it would keep PostgreSQL from starting.
    rmSync(join(cluster, 'postmaster.pid'), { force: true })
    const pglite = await PGlite.create(cluster)
    return {
      pglite,
      async close() {
        await pglite.close()
        release()
      },
    }
  } catch (error) {
    release()
    throw error
  }
}

/** Made beside its place and moved there whole: what a killed process leaves of one never opens again. */
async function makeCluster(cluster: string): Promise<void> {
  const draft = `${cluster}.draft`
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(draft, { mode: ownerOnly })
  const made = await PGlite.create(draft)
  await made.close()
  renameSync(draft, cluster)
}

/**
 * Holds an exclusive SQLite transaction as the folder's lock: the kernel drops it with the process, however that ends. A lock file
 * with a process id would outlive a SIGKILL, and in a container every process has the same id.
 */
function own(folder: string): () => void {
  mkdirSync(folder, { recursive: true, mode: ownerOnly })
  const lock = new DatabaseSync(join(folder, 'owner.lock'))
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy) throw new FolderInUse(folder)
    throw error
  }
  return () => lock.close()
}

/** @see https://www.sqlite.org/rescode.html#busy */
const sqliteBusy = 5
