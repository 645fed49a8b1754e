/** .env.example is the settings' documentation: it names each, with the default that holds. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readConfig, settingNames } from '../src/config.ts'

const read = (file: string) => readFileSync(join(import.meta.dirname, '..', file), 'utf8')
/** Every line that is a setting, whether or not it is commented out. */
const example = Object.fromEntries(
  [...read('.env.example').matchAll(/^#?([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
)

describe('.env.example', () => {
  it('names every setting, and nothing else', () => {
    expect(Object.keys(example).sort()).toEqual([...settingNames].sort())
  })

  it('names each once: of two the last would count, though the first was filled in', () => {
    const names = [...read('.env.example').matchAll(/^#?([A-Z][A-Z0-9_]*)=/gm)].map(([, name]) => name)
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
  })

  it('gives the defaults', () => {
    expect(configWith(example)).toEqual(configWith({}))
  })

  it('leaves empty only what has no fixed default', () => {
    const empty = Object.keys(example).filter((name) => example[name] === '' && !/_CLIENT_(ID|SECRET)$/.test(name))
    expect(empty.sort()).toEqual([
      'ADMIN_TOKEN',
      'ALERT_WEBHOOK_URL',
      'DATABASE_URL',
      'ENCRYPTION_KEYS',
      'METRICS_PORT',
      'PUBLIC_URL',
      'TRUST_PROXY',
    ])
  })
})

/** The configuration as data, with every CRM switched on. */
function configWith(settings: Record<string, string>): unknown {
  const credentials = settingNames.filter((name) => /_CLIENT_(ID|SECRET)$/.test(name)).map((name) => [name, 'for the test'])
  const secrets = { ENCRYPTION_KEYS: `k1:${Buffer.alloc(32).toString('base64')}`, ADMIN_TOKEN: 'nobody opens anything by this' }
  const { keys: _, ...config } = readConfig({ ...settings, ...secrets, ...Object.fromEntries(credentials) })
  return JSON.parse(JSON.stringify(config))
}
