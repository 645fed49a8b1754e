/** Prisma's own schema engine in WebAssembly: the one that `prisma migrate` runs natively, without the binary it downloads. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils'
import * as glue from '@prisma/schema-engine-wasm/schema_engine_bg'

export const schemaFile = join(import.meta.dirname, '../../prisma/schema.prisma')

/** No tables or enums are kept out of Prisma's sight. */
export const everything: glue.SchemaFilter = { externalTables: [], externalEnums: [] }

export type OpenSchemaEngine = { readonly engine: glue.SchemaEngine; close(): Promise<void> }

/**
 * A schema engine that speaks to the adapter's database. Close it when done: it holds WebAssembly memory, and a connection whose session
 * keeps Prisma's migration lock as long as it lasts.
 */
export async function openSchemaEngine(factory: SqlMigrationAwareDriverAdapterFactory): Promise<OpenSchemaEngine> {
  await instantiate()
  const datamodel = await readFile(schemaFile, 'utf8')
  const connected: SqlDriverAdapter[] = []
  const keep = async (connecting: Promise<SqlDriverAdapter>) => {
    const adapter = await connecting
    connected.push(adapter)
    return adapter
  }
  const disconnect = () => Promise.all(connected.map((adapter) => adapter.dispose()))
  // The engine opens connections and never closes them.
  const bound = bindMigrationAwareSqlAdapterFactory({
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: () => keep(factory.connect()),
    connectToShadowDb: () => keep(factory.connectToShadowDb()),
  })
  try {
    const engine = await glue.SchemaEngine.new({ datamodels: [[schemaFile, datamodel]] }, () => {}, bound)
    return {
      engine,
      async close() {
        engine.free()
        await disconnect()
      },
    }
  } catch (error) {
    await disconnect()
    throw error
  }
}

/** Node has it; the types of Node leave it to the browser's. */
declare const WebAssembly: {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: Record<string, unknown> } }>
}

let instantiated: Promise<void> | undefined

/** The package's entry imports the .wasm file as a module, which Node does only behind a flag; so instantiate it by hand. */
function instantiate(): Promise<void> {
  instantiated ??= (async () => {
    const entry = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm')
    const wasm = await readFile(join(entry, '../schema_engine_bg.wasm'))
    const { instance } = await WebAssembly.instantiate(wasm, { './schema_engine_bg.js': { ...glue } })
    glue.__wbg_set_wasm(instance.exports)
    const start = instance.exports.__wbindgen_start as () => void
    start()
  })()
  return instantiated
}
