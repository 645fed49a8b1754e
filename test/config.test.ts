import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Environment, processEnvironment, readConfig, readDemoSettings, settingNames } from '../src/config.ts'
import { SettingError } from '../src/connectors/connector.ts'
import { newKey, readKeys } from '../src/keys.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'crm-bridge-config-'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

const key = `k1:${Buffer.alloc(32, 7).toString('base64')}`
const password = 'a long admin password'
const secrets = { ENCRYPTION_KEYS: key, ADMIN_TOKEN: password }
const hubspot = { HUBSPOT_CLIENT_ID: 'client', HUBSPOT_CLIENT_SECRET: 'top-secret-value' }

const read = (environment: Environment = {}) => readConfig({ DATA_DIR: folder, ...secrets, ...environment })

function refusal(environment: Environment): SettingError {
  try {
    readConfig({ DATA_DIR: folder, ...environment })
  } catch (error) {
    if (error instanceof SettingError) return error
    throw error
  }
  throw new Error('it was accepted')
}

describe('without any setting', () => {
  it('runs on this machine, on the embedded database, with no CRM', () => {
    expect(readConfig({ DATA_DIR: folder })).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      metricsPort: undefined,
      publicUrl: 'http://localhost:3000',
      databaseUrl: undefined,
      dataDir: folder,
      connectors: [],
      trustProxy: undefined,
      defaultRegion: 'US',
      open: false,
      drainSeconds: 0,
      alertWebhookUrl: undefined,
      logLevel: 'info',
    })
  })

  it('makes its secrets once, shows the password once, and keeps both for its owner only', () => {
    const first = readConfig({ DATA_DIR: join(folder, 'data') })
    const second = readConfig({ DATA_DIR: join(folder, 'data') })
    expect([first.adminTokenIsNew, second.adminTokenIsNew]).toEqual([true, false])
    expect(first.adminToken).toMatch(/^[\w-]{22,}$/)
    expect(second.adminToken).toBe(first.adminToken)
    expect(second.keys.open(first.keys.seal('x', 'here'), 'here')).toBe('x')
    expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700)
    const files = readdirSync(join(folder, 'data')).sort()
    expect(files).toEqual(['admin-token', 'encryption-keys'])
    for (const file of files) expect(statSync(join(folder, 'data', file)).mode & 0o777, file).toBe(0o600)
  })

  it('several processes that start together agree on the secrets', async () => {
    const script = `
      const { readConfig } = await import(${JSON.stringify(join(import.meta.dirname, '../src/config.ts'))})
      const { adminToken, adminTokenIsNew, keys } = readConfig({ DATA_DIR: ${JSON.stringify(folder)} })
      console.log(JSON.stringify({ adminToken, isNew: adminTokenIsNew, key: keys.derive('test').toString('hex') }))`
    const start = () => promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script])
    const starts = await Promise.all([start(), start(), start()])
    const told = starts.map(({ stdout }) => JSON.parse(stdout))
    expect(new Set(told.map(({ adminToken }) => adminToken)).size).toBe(1)
    expect(new Set(told.map((each) => each.key)).size).toBe(1)
    expect(told.filter(({ isNew }) => isNew)).toHaveLength(1)
  })

  it('an empty variable is none', () => {
    const empty = Object.fromEntries(settingNames.filter((name) => name !== 'DATA_DIR').map((name) => [name, '']))
    expect(readConfig({ ...empty, DATA_DIR: folder })).toMatchObject({ port: 3000, databaseUrl: undefined, connectors: [] })
  })
})

describe('given settings', () => {
  it('are used as they are', () => {
    const config = read({
      HOST: '0.0.0.0',
      PORT: '8080',
      PUBLIC_URL: 'https://bridge.example.com',
      DATABASE_URL: 'postgresql://user:password@db/bridge',
      TRUST_PROXY: '10.0.0.1, 10.1.0.0/16, fd00::/8, loopback',
      DEFAULT_REGION: 'DE',
      LOG_LEVEL: 'debug',
    })
    expect(config).toMatchObject({
      host: '0.0.0.0',
      port: 8080,
      publicUrl: 'https://bridge.example.com',
      databaseUrl: 'postgresql://user:password@db/bridge',
      trustProxy: ['10.0.0.1', '10.1.0.0/16', 'fd00::/8', 'loopback'],
      defaultRegion: 'DE',
      logLevel: 'debug',
      adminToken: password,
      adminTokenIsNew: false,
    })
    expect(readdirSync(folder)).toEqual([])
  })

  it('the port is the public URL’s too, unless that is set', () => {
    expect(read({ PORT: '4321' }).publicUrl).toBe('http://localhost:4321')
  })

  it.each([
    ['https://bridge.example.com/', 'https://bridge.example.com'],
    ['https://bridge.example.com/crm/', 'https://bridge.example.com/crm'],
    ['https://bridge.example.com/crm//', 'https://bridge.example.com/crm'],
    ['HTTPS://Bridge.Example.com:443', 'https://bridge.example.com'],
    ['http://10.0.0.5:3000', 'http://10.0.0.5:3000'],
    ['https://[2001:db8::1]:8443', 'https://[2001:db8::1]:8443'],
  ])('the public URL %s is spelled %s', (given, spelled) => {
    expect(read({ PUBLIC_URL: given }).publicUrl).toBe(spelled)
  })
})

describe('a setting that can’t be used stops the start with one line that names it', () => {
  it.each<[variable: string, value: string]>([
    ['PORT', 'http'],
    ['PORT', '70000'],
    ['PORT', '-1'],
    ['PORT', '80.5'],
    ['PUBLIC_URL', 'bridge.acme.test'],
    ['PUBLIC_URL', 'ftp://bridge.acme.test'],
    ['PUBLIC_URL', 'https://user:secretpart@bridge.example.com'],
    ['PUBLIC_URL', 'https://bridge.example.com/?inbox=1'],
    ['PUBLIC_URL', 'https://bridge.example.com/#inbox'],
    ['DATABASE_URL', 'mysql://user:secretpart@db/bridge'],
    ['ENCRYPTION_KEYS', 'correct horse battery staple'],
    ['ENCRYPTION_KEYS', `${key},${key}`],
    ['TRUST_PROXY', 'everyone'],
    ['TRUST_PROXY', '10.0.0.1,,10.0.0.2'],
    ['TRUST_PROXY', '10.0.0.0/33'],
    ['TRUST_PROXY', 'fd00::/129'],
    ['TRUST_PROXY', '10.0.0.0/8/8'],
    ['TRUST_PROXY', '10.0.0.0/255.0.0.0'],
    ['TRUST_PROXY', '10.0.0.0/8, 0.0.0.0/0'],
    ['TRUST_PROXY', '::/0'],
    ['DEFAULT_REGION', 'Germany'],
    ['DEFAULT_REGION', 'XX'],
    ['PLUGIN_AUTH', 'none'],
    ['LOG_LEVEL', 'loud'],
    ['HUBSPOT_API_VERSION', 'latest'],
    ['HUBSPOT_SEARCHES_PER_SECOND', '-1'],
    ['HUBSPOT_SEARCHES_PER_SECOND', 'many'],
    ['HUBSPOT_CALLS_PER_10_SECONDS', '1.5'],
  ])('%s=%s', (variable, value) => {
    const { variable: named, message } = refusal({ ...secrets, [variable]: value })
    expect(named).toBe(variable)
    expect(message).toMatch(new RegExp(`^${variable} \\S`))
    expect(message).not.toContain('\n')
    expect(message).not.toContain('secretpart')
    if (value.length > 6) expect(message).not.toContain(value)
  })

  it.each([
    ['HUBSPOT_CLIENTID', 'HUBSPOT_CLIENT_ID'],
    ['HUBSPOT_SEARCHES_PER_SECONDS', 'HUBSPOT_SEARCHES_PER_SECOND'],
    ['SALESFORCE_LOGIN', 'SALESFORCE_LOGIN_URL'],
  ])('%s is no setting: it says which there are', (variable, meant) => {
    const { variable: named, message } = refusal({ ...secrets, [variable]: 'value of it' })
    expect(named).toBe(variable)
    expect(message).toContain(meant)
    expect(message).not.toContain('value of it')
  })

  it('other programs’ variables are none of its business', () => {
    expect(read({ PATH: '/bin', HUBSPOTTER: '1', DATABASE: 'x' }).port).toBe(3000)
  })
})

describe('traces', () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }

  it.each<[Environment, boolean]>([
    [{}, false],
    [{ OTEL_SERVICE_NAME: 'bridge' }, false],
    [endpoint, true],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:4318/v1/traces' }, true],
    [{ OTEL_TRACES_EXPORTER: 'otlp' }, true],
    [{ ...endpoint, OTEL_TRACES_EXPORTER: 'none' }, false],
    [{ ...endpoint, OTEL_SDK_DISABLED: 'true' }, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }, false],
  ])('%j asks for them: %j', (environment, asked) => {
    expect(read(environment).openTelemetry).toEqual(asked ? environment : null)
  })

  it('go nowhere but to an OTLP receiver', () => {
    expect(refusal({ ...secrets, OTEL_TRACES_EXPORTER: 'zipkin' }).variable).toBe('OTEL_TRACES_EXPORTER')
  })
})

describe('ALERT_WEBHOOK_URL', () => {
  it.each(['https://hooks.example.com/secret', 'http://127.0.0.1:9000/', 'http://localhost:9000/a?b=c'])('may be %s', (url) => {
    expect(read({ ALERT_WEBHOOK_URL: url }).alertWebhookUrl).toBe(url)
  })

  it.each(['http://hooks.example.com/secret', 'hooks.example.com', 'ftp://127.0.0.1/', 'http://127.0.0.1.example.com/'])(
    'may not be %s, which isn’t repeated',
    (url) => {
      const { variable, message } = refusal({ ...secrets, ALERT_WEBHOOK_URL: url })
      expect(variable).toBe('ALERT_WEBHOOK_URL')
      expect(message).not.toContain(url)
    },
  )
})

describe('a setting in a file', () => {
  const file = (content: string) => {
    const path = join(folder, 'secret')
    writeFileSync(path, content)
    return path
  }

  it.each([
    ['ADMIN_TOKEN', 'from a file', { adminToken: 'from a file' }],
    ['DATABASE_URL', 'postgres://user:word@db/bridge', { databaseUrl: 'postgres://user:word@db/bridge' }],
    ['PORT', '8081', { port: 8081 }],
  ])('%s is its content without the white space around it', (name, content, expected) => {
    const settings: Environment = { ...secrets, DATA_DIR: folder, [name]: undefined, [`${name}_FILE`]: file(`${content}\n`) }
    expect(readConfig(settings)).toMatchObject(expected)
  })

  it('is any of them', () => {
    for (const name of settingNames) {
      const error = refusal({ [name]: undefined, [`${name}_FILE`]: join(folder, 'not-there') })
      expect(error).toMatchObject({ variable: `${name}_FILE`, message: `${name}_FILE names a file that isn’t there` })
    }
  })

  it('seals with the key and calls with the app’s secret', () => {
    const other = newKey('k2')
    const { keys } = read({ ENCRYPTION_KEYS: '', ENCRYPTION_KEYS_FILE: file(`${other}\n`) })
    expect(readKeys(other).open(keys.seal('x', 'here'), 'here')).toBe('x')
    for (const crm of ['HUBSPOT', 'SALESFORCE']) {
      const settings = { [`${crm}_CLIENT_ID`]: 'client', [`${crm}_CLIENT_SECRET_FILE`]: file(' of the app ') }
      expect(read(settings).connectors[0]?.oauth.clientSecret).toBe('of the app')
    }
  })

  it.each([
    ['is given elsewhere, too', () => ({ ADMIN_TOKEN: 'x', ADMIN_TOKEN_FILE: file('a secret') }), 'ADMIN_TOKEN'],
    ['is empty', () => ({ ADMIN_TOKEN_FILE: file(' \n') }), 'ADMIN_TOKEN_FILE'],
    ['is a folder', () => ({ ADMIN_TOKEN_FILE: folder }), 'ADMIN_TOKEN_FILE'],
    ['is no such setting’s', () => ({ HUBSPOT_PASSWORD_FILE: file('a secret') }), 'HUBSPOT_PASSWORD_FILE'],
  ])('ends the start in one line when it %s', (_how, settings, variable) => {
    const error = refusal(settings())
    expect(error.variable).toBe(variable)
    expect(error.message).not.toMatch(/\n|a secret/)
  })

  it('counts for nothing when its name is empty', () => {
    expect(read({ PORT_FILE: '' }).port).toBe(3000)
  })
})

describe('with a database server nothing is made up', () => {
  const DATABASE_URL = 'postgres://user@db/bridge'

  it.each(['ENCRYPTION_KEYS', 'ADMIN_TOKEN'] as const)('%s is required', (variable) => {
    const { variable: named, message } = refusal({ ...secrets, DATABASE_URL, [variable]: undefined })
    expect(named).toBe(variable)
    expect(message).toMatch(/required with DATABASE_URL/)
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('PLUGIN_AUTH=open', () => {
  const open = (environment: Environment) => ({ ...secrets, PLUGIN_AUTH: 'open', ...environment })

  it.each([
    {},
    { HOST: 'localhost' },
    { HOST: '::1' },
    { HOST: '127.9.9.9', PUBLIC_URL: 'http://127.0.0.1:3000' },
    { PUBLIC_URL: 'http://[::1]:3000' },
    { DATABASE_URL: 'postgres://user@db.example.com/bridge' },
  ])('is possible on this machine: %j', (environment) => {
    expect(read(open(environment)).open).toBe(true)
  })

  it.each([
    { HOST: '0.0.0.0' },
    { HOST: '::' },
    { HOST: '192.168.1.5' },
    { PUBLIC_URL: 'https://bridge.example.com' },
    { PUBLIC_URL: 'http://127.0.0.1.example.com' },
    { PUBLIC_URL: 'http://localhost.example.com' },
    { HOST: '127.0.0.1', PUBLIC_URL: 'http://10.0.0.5' },
  ])('is refused where others could ask: %j', (environment) => {
    expect(refusal(open(environment)).variable).toBe('PLUGIN_AUTH')
  })
})

describe('HubSpot', () => {
  it('is offered as soon as the app’s id and secret are there', () => {
    const [connector, ...more] = read(hubspot).connectors
    expect(more).toEqual([])
    expect(connector).toMatchObject({
      id: 'hubspot',
      label: 'HubSpot',
      apiUrl: 'https://api.hubapi.com',
      limits: { api: { calls: 100, seconds: 10 }, search: { calls: 4, seconds: 1 } },
      oauth: {
        clientId: 'client',
        clientSecret: 'top-secret-value',
        authorizeUrl: 'https://app.hubspot.com/oauth/authorize',
        tokenUrl: 'https://api.hubapi.com/oauth/2026-03/token',
      },
    })
  })

  it('takes an older API version, and no limits', () => {
    const settings = { HUBSPOT_API_VERSION: 'v3', HUBSPOT_SEARCHES_PER_SECOND: '0', HUBSPOT_CALLS_PER_10_SECONDS: '0' }
    const [connector] = read({ ...hubspot, ...settings }).connectors
    expect(connector).toMatchObject({
      limits: { api: null, search: null },
      oauth: { tokenUrl: 'https://api.hubapi.com/oauth/v3/token' },
    })
  })

  it.each([
    ['HUBSPOT_CLIENT_SECRET', { HUBSPOT_CLIENT_ID: 'client' }],
    ['HUBSPOT_CLIENT_ID', { HUBSPOT_CLIENT_SECRET: 'top-secret-value' }],
  ])('misses %s when only the other is there', (variable, half) => {
    const error = refusal({ ...secrets, ...half })
    expect(error.variable).toBe(variable)
    expect(error.message).not.toContain('top-secret-value')
  })

  it.each([
    'https://api-eu1.hubapi.com',
    'https://api.hubapi.com/',
    'http://127.0.0.1:4000',
    'http://localhost:4000',
    'http://[::1]:4000',
  ])('is asked at %s', (url) => {
    expect(read({ ...hubspot, HUBSPOT_API_URL: url }).connectors[0]?.apiUrl).toBe(new URL(url).origin)
  })

  it.each([
    'http://api.hubapi.com',
    'https://api.hubapi.com.example.com',
    'https://nothubapi.com',
    'https://example.com/api.hubapi.com',
    'https://api.hubapi.com@example.com',
    'https://user:word@api.hubapi.com',
    'http://127.0.0.1.example.com',
    'http://10.0.0.5',
    'api.hubapi.com',
    'javascript:alert(1)',
  ])('never hands its secrets to %s', (url) => {
    expect(refusal({ ...secrets, ...hubspot, HUBSPOT_API_URL: url }).variable).toBe('HUBSPOT_API_URL')
    expect(refusal({ ...secrets, ...hubspot, HUBSPOT_APP_URL: url }).variable).toBe('HUBSPOT_APP_URL')
  })
})

describe('Salesforce', () => {
  const salesforce = { SALESFORCE_CLIENT_ID: 'key', SALESFORCE_CLIENT_SECRET: 'top-secret-value' }

  it('is offered beside HubSpot as soon as the app’s id and secret are there', () => {
    const { connectors } = read({ ...hubspot, ...salesforce })
    expect(connectors.map(({ id }) => id)).toEqual(['hubspot', 'salesforce'])
    expect(connectors[1]).toMatchObject({ label: 'Salesforce', oauth: { clientId: 'key' }, limits: { api: null, search: null } })
    expect(connectors[1]?.oauth.tokenUrl).toMatch(/^https:\/\/login\.salesforce\.com\//)
  })

  it.each([
    ['SALESFORCE_CLIENT_SECRET', { SALESFORCE_CLIENT_ID: 'key' }],
    ['SALESFORCE_CLIENT_ID', { SALESFORCE_CLIENT_SECRET: 'top-secret-value' }],
  ])('misses %s when only the other is there', (variable, half) => {
    expect(refusal({ ...secrets, ...half }).variable).toBe(variable)
  })

  it.each(['http://login.salesforce.com', 'https://salesforce.com.example.com', 'https://example.com', 'login.salesforce.com'])(
    'never hands its secrets to %s',
    (url) => {
      for (const variable of ['SALESFORCE_LOGIN_URL', 'SALESFORCE_TEST_URL'])
        expect(refusal({ ...secrets, ...salesforce, [variable]: url }).variable).toBe(variable)
    },
  )
})

describe('the environment', () => {
  const home = process.cwd()
  afterEach(() => process.chdir(home))

  it('is what a .env file says, and above it what the process was given', () => {
    writeFileSync(join(folder, '.env'), 'PORT=4001\nDEFAULT_REGION=DE # Berlin\n')
    process.chdir(folder)
    vi.stubEnv('PORT', '4002')
    expect(processEnvironment()).toMatchObject({ PORT: '4002', DEFAULT_REGION: 'DE' })
  })

  it('of the demo is its own: no CRM, no database, and open', () => {
    vi.stubEnv('DATABASE_URL', 'postgres://user@db/production')
    vi.stubEnv('HUBSPOT_CLIENT_ID', 'production')
    vi.stubEnv('PORT', '4100')
    vi.stubEnv('SANDBOX_CONTACTS', '25')
    for (const unset of ['SANDBOX_PORT', 'DATA_DIR', 'LOG_LEVEL']) vi.stubEnv(unset, undefined)
    const { sandboxPort, sandboxContacts, environment } = readDemoSettings()
    expect({ sandboxPort, sandboxContacts }).toEqual({ sandboxPort: 4000, sandboxContacts: 25 })
    expect(environment).toEqual({ PORT: '4100', DATA_DIR: '.data', LOG_LEVEL: 'warn', PLUGIN_AUTH: 'open' })
  })

  it('a setting of the demo that can’t be used is named as well', () => {
    vi.stubEnv('SANDBOX_CONTACTS', 'lots')
    expect(() => readDemoSettings()).toThrow(/^SANDBOX_CONTACTS should be a whole number/)
  })
})
