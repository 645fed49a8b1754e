/** Where the server keeps what Node has compiled, when nobody says where. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { run } from './support/child.ts'

const folder = mkdtempSync(join(tmpdir(), 'crm-bridge-main-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('keeps it in no folder that other users of the machine can write to', async () => {
  const { code, stderr } = await run('main.ts', [], { NODE_COMPILE_CACHE: '', TMPDIR: folder, DATA_DIR: folder, PORT: 'none' })
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('PORT') })
  expect(readdirSync(folder)).toEqual([])
})
