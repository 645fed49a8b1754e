/** The environment as a checked, typed value. Beside main and the command line nothing else reads the environment. */
import { randomBytes } from 'node:crypto'
import { accessSync, constants, existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { Ajv } from 'ajv'
import type { FromSchema } from 'json-schema-to-ts'
import { isSupportedCountry } from 'libphonenumber-js/min'
import { type Connector, SettingError, type SettingsSchema } from './connectors/connector.ts'
import { isLoopback } from './connectors/crm-url.ts'
import { connectorModules } from './connectors/index.ts'
import { type Keys, newKey, readKeys } from './keys.ts'
import { withFiles } from './setting-files.ts'

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
const port = { type: 'integer', minimum: 0, maximum: 65535, description: 'a port number from 0 to 65535' } as const

const bridgeSettings = {
  HOST: { type: 'string', default: '127.0.0.1', description: 'an address to listen on' },
  PORT: { ...port, default: 3000 },
  METRICS_PORT: { ...port, minimum: 1, description: 'a port number from 1 to 65535, or empty' },
  PUBLIC_URL: { type: 'string', description: 'the http(s) URL by which browsers and the inbox reach this server' },
  DATABASE_URL: { type: 'string', pattern: '^postgres(ql)?://', description: 'a postgresql:// URL, or empty' },
  DATA_DIR: { type: 'string', default: '.data', description: 'a folder' },
  ENCRYPTION_KEYS: { type: 'string', description: 'id:base64(32 bytes), several separated by commas' },
  ADMIN_TOKEN: { type: 'string', description: 'a long random password' },
  TRUST_PROXY: { type: 'string', description: 'addresses or networks of proxies, separated by commas' },
  DEFAULT_REGION: {
    type: 'string',
    default: 'US',
    pattern: '^[A-Za-z]{2}$',
    description: 'an ISO 3166 country code such as US or DE',
  },
  MESSAGES_TOGETHER_SECONDS: {
    type: 'integer',
    default: 120,
    minimum: 0,
    maximum: 3600,
    description: 'a whole number of seconds up to 3600',
  },
  PLUGIN_AUTH: { type: 'string', enum: ['key', 'open'], default: 'key', description: 'key or open' },
  DRAIN_SECONDS: { type: 'integer', minimum: 0, maximum: 300, default: 0, description: 'a number of seconds from 0 to 300' },
  ALERT_WEBHOOK_URL: { type: 'string', description: 'an https URL (http only on loopback)' },
  LOG_LEVEL: {
    type: 'string',
    enum: logLevels,
    default: 'info',
    description: 'fatal, error, warn, info, debug, trace or silent',
  },
} as const satisfies SettingsSchema

type SettingsOf<Properties extends SettingsSchema> = FromSchema<{
  type: 'object'
  properties: Properties
  additionalProperties: false
}>

const crmSettings: SettingsSchema = Object.assign({}, ...connectorModules.map((module) => module.settings))
const settings: SettingsSchema = { ...crmSettings, ...bridgeSettings }
type Settings = SettingsOf<typeof bridgeSettings> & Record<string, unknown>

/** The names of all settings, for the documentation's tests. */
export const settingNames: readonly string[] = Object.keys(settings)

/** What a setting should be, in words. */
function expectation(variable: string): string {
  return settings[variable]?.description ?? 'left out'
}

export interface Config {
  readonly host: string
  readonly port: number
  /** Where figures for Prometheus are; undefined = nowhere. */
  readonly metricsPort: number | undefined
  /** Without a trailing slash. */
  readonly publicUrl: string
  /** Empty = the embedded database in `dataDir`. */
  readonly databaseUrl: string | undefined
  readonly dataDir: string
  readonly keys: Keys
  readonly adminToken: string
  /** Whether the admin token came into being with this start: the only time that it is shown. */
  readonly adminTokenIsNew: boolean
  readonly connectors: readonly Connector[]
  /** Addresses and networks of proxies whose forwarded headers count. */
  readonly trustProxy: string[] | undefined
  readonly defaultRegion: string
  /** How long a customer's messages wait for another one, to be logged together. Milliseconds. */
  readonly messagesTogether: number
  /** Whether the root serves the first inbox without a key. */
  readonly open: boolean
  /** How long a server that is told to end goes on taking questions, while /readyz refuses. */
  readonly drainSeconds: number
  /** Told when a connection breaks or recovers; undefined = nobody. */
  readonly alertWebhookUrl: string | undefined
  /** OpenTelemetry's own settings, where they ask for traces; its SDK reads them. Null = no traces. */
  readonly openTelemetry: Readonly<Record<string, string>> | null
  readonly logLevel: string
}

export type Environment = Readonly<Record<string, string | undefined>>

/** The process's environment, over what a `.env` file in the working directory says. */
export function processEnvironment(): Environment {
  return { ...(existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {}), ...process.env }
}

/**
 * On the embedded database, missing secrets are made and kept in the data folder.
 * @throws {SettingError} with one line that names the variable and says what it should be
 */
export function readConfig(environment: Environment): Config {
  const settings = validate(environment)
  const publicUrl = readPublicUrl(settings)
  const open = settings.PLUGIN_AUTH === 'open'
  if (open && !(isLoopback(settings.HOST) && isLoopback(new URL(publicUrl).hostname))) {
    throw new SettingError(
      'PLUGIN_AUTH',
      'can be open only where HOST and PUBLIC_URL are loopback: anyone could read the contacts',
    )
  }
  const defaultRegion = settings.DEFAULT_REGION.toUpperCase()
  if (!isSupportedCountry(defaultRegion)) throw new SettingError('DEFAULT_REGION', `should be ${expectation('DEFAULT_REGION')}`)
  const unknownProxy = settings.TRUST_PROXY?.split(',').find((address) => !isNetwork(address.trim()))
  if (unknownProxy !== undefined)
    throw new SettingError('TRUST_PROXY', `should be ${expectation('TRUST_PROXY')}, such as 10.0.0.0/8`)
  const dataDir = resolve(settings.DATA_DIR)
  const connectors = connectorModules.map((module) => module.create(settings)).filter((connector) => connector !== null)
  const secrets = readSecrets(settings, dataDir)
  return {
    host: settings.HOST,
    port: settings.PORT,
    metricsPort: settings.METRICS_PORT,
    publicUrl,
    databaseUrl: settings.DATABASE_URL,
    dataDir,
    ...secrets,
    connectors,
    trustProxy: settings.TRUST_PROXY?.split(',').map((address) => address.trim()),
    defaultRegion,
    messagesTogether: settings.MESSAGES_TOGETHER_SECONDS * 1000,
    open,
    drainSeconds: settings.DRAIN_SECONDS,
    alertWebhookUrl: readWebhookUrl(settings),
    openTelemetry: readOpenTelemetry(environment),
    logLevel: settings.LOG_LEVEL,
  }
}

/**
 * Everything that is wrong with the settings: each is looked at as if those found wrong before it were right. Makes no secrets, so whether
 * DATA_DIR can be written to isn't looked at.
 */
export function settingProblems(environment: Environment): readonly SettingError[] {
  const problems: SettingError[] = []
  const right: Record<string, string | undefined> = { ...environment }
  const isServer = environment.DATABASE_URL || environment.DATABASE_URL_FILE
  for (const name of secretNames) if (!isServer && !right[`${name}_FILE`]) right[name] ||= standIn(name)
  for (;;) {
    try {
      readConfig(right)
      return problems
    } catch (error) {
      if (!(error instanceof SettingError)) throw error
      const { variable } = error
      const isAgain = problems.some((problem) => problem.variable === variable)
      if (!isAgain) problems.push(error)
      // Taking the place of the same twice means that what is wrong can't be set aside.
      if (isAgain && right[variable] === standIn(variable)) return problems
      const named = variable.replace(/_FILE$/, '')
      // Where it is given in a file as well, or only there, that is one thing wrong and not two.
      if (named === variable) right[`${variable}_FILE`] = ''
      else if (named in standIns) right[named] = standIn(named)
      right[variable] = isAgain || !right[variable] || variable in standIns ? standIn(variable) : ''
    }
  }
}

const secretNames = ['ENCRYPTION_KEYS', 'ADMIN_TOKEN'] as const

/** Right values for what is required, or would change the meaning of others when it is left out. */
const standIns: Readonly<Record<string, string>> = {
  DATABASE_URL: 'postgres://stand.in/database',
  ENCRYPTION_KEYS: newKey('standin'),
  ADMIN_TOKEN: 'stand-in',
  PUBLIC_URL: 'http://localhost',
  HOST: '127.0.0.1',
}
const standIn = (variable: string): string => standIns[variable] ?? 'stand-in'

const demoSettings = {
  PORT: bridgeSettings.PORT,
  DATA_DIR: bridgeSettings.DATA_DIR,
  LOG_LEVEL: { ...bridgeSettings.LOG_LEVEL, default: 'warn' },
  SANDBOX_PORT: { ...port, default: 4000 },
  SANDBOX_CONTACTS: {
    type: 'integer',
    default: 1000,
    minimum: 0,
    maximum: 1_000_000,
    description: 'a whole number up to 1000000',
  },
} as const satisfies SettingsSchema

/** The demo's few settings, and the environment of its bridge: whatever CRM and database a `.env` names, the demo leaves alone. */
export function readDemoSettings(): { sandboxPort: number; sandboxContacts: number; environment: Environment } {
  const { SANDBOX_PORT, SANDBOX_CONTACTS, PORT, ...rest } = check<SettingsOf<typeof demoSettings>>(demoSettings, process.env)
  return {
    sandboxPort: SANDBOX_PORT,
    sandboxContacts: SANDBOX_CONTACTS,
    environment: { ...rest, PORT: String(PORT), PLUGIN_AUTH: 'open' },
  }
}

function validate(environment: Environment): Settings {
  // Compose files and CI hand over unset variables as empty strings.
  const given = Object.entries(environment).filter((entry): entry is [string, string] => !!entry[1])
  const data = withFiles(Object.fromEntries(given), settingNames)
  for (const { id } of connectorModules) {
    const prefix = `${id.toUpperCase()}_`
    const unknown = Object.keys(data).find((name) => name.startsWith(prefix) && !settingNames.includes(name))
    if (unknown)
      throw new SettingError(
        unknown,
        `is no setting; there are ${settingNames.filter((name) => name.startsWith(prefix)).join(', ')}`,
      )
  }
  return check<Settings>(settings, data)
}

/** Only what the schema names, with numbers read and defaults filled in. @throws {SettingError} */
function check<T>(properties: SettingsSchema, data: Environment): T {
  const required = Object.keys(properties).filter((name) => 'default' in (properties[name] ?? {}))
  // Without a check of the schema itself, which types do: it would be a tenth of the start.
  const ajv = new Ajv({ coerceTypes: true, removeAdditional: 'all', useDefaults: true, meta: false, validateSchema: false })
  const validate = ajv.compile({ type: 'object', properties, required })
  const settings = { ...data }
  if (validate(settings)) return settings as T
  // Ajv's own messages speak of schemas, and some repeat the value.
  const variable = validate.errors?.[0]?.instancePath.split('/')[1] ?? ''
  throw new SettingError(variable, `should be ${properties[variable]?.description}`)
}

/** An address, a network, or one of proxy-addr's names. @see https://fastify.dev/docs/latest/Reference/Server/#trustproxy */
function isNetwork(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true
  const [, address = '', prefix] = /^([^/]+)(?:\/(\d+))?$/.exec(text) ?? []
  const bits = { 4: 32, 6: 128 }[isIP(address)] ?? 0
  // A network of everybody isn't one of proxies.
  return bits > 0 && (prefix === undefined || (Number(prefix) > 0 && Number(prefix) <= bits))
}

function readPublicUrl(settings: Settings): string {
  const url = URL.parse(settings.PUBLIC_URL ?? `http://localhost:${settings.PORT}`)
  if (url === null || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username || url.password) {
    throw new SettingError('PUBLIC_URL', `should be ${expectation('PUBLIC_URL')}, such as https://bridge.example.com`)
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '')
}

function readWebhookUrl({ ALERT_WEBHOOK_URL: value }: Settings): string | undefined {
  const url = value === undefined ? undefined : URL.parse(value)
  if (url === null || (url && url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))))
    throw new SettingError('ALERT_WEBHOOK_URL', `should be ${expectation('ALERT_WEBHOOK_URL')}`)
  return url?.href
}

/** @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ */
function readOpenTelemetry(environment: Environment): Readonly<Record<string, string>> | null {
  const given = Object.entries(environment).filter((entry): entry is [string, string] => /^OTEL_/.test(entry[0]) && !!entry[1])
  const otel = Object.fromEntries(given)
  const { OTEL_TRACES_EXPORTER: exporter, OTEL_EXPORTER_OTLP_ENDPOINT: all, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces } = otel
  if (exporter !== undefined && exporter !== 'otlp' && exporter !== 'none')
    throw new SettingError('OTEL_TRACES_EXPORTER', 'should be otlp or none')
  const isAsked = exporter === undefined ? all !== undefined || traces !== undefined : exporter === 'otlp'
  return isAsked && otel.OTEL_SDK_DISABLED !== 'true' ? otel : null
}

function readSecrets(settings: Settings, dataDir: string): Pick<Config, 'keys' | 'adminToken' | 'adminTokenIsNew'> {
  const embedded = settings.DATABASE_URL === undefined
  for (const variable of secretNames) {
    if (!embedded && !settings[variable]) {
      throw new SettingError(variable, `is required with DATABASE_URL: ${expectation(variable)}`)
    }
  }
  const encryptionKeys = settings.ENCRYPTION_KEYS ?? keep(dataDir, 'encryption-keys', () => newKey('k1')).value
  const adminToken = settings.ADMIN_TOKEN
    ? { value: settings.ADMIN_TOKEN, isNew: false }
    : keep(dataDir, 'admin-token', () => randomPassword())
  try {
    return { keys: readKeys(encryptionKeys), adminToken: adminToken.value, adminTokenIsNew: adminToken.isNew }
  } catch (error) {
    throw new SettingError('ENCRYPTION_KEYS', `should be ${expectation('ENCRYPTION_KEYS')}: ${(error as Error).message}`)
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    accessSync(folder, constants.R_OK | constants.W_OK)
  } catch {
    throw new SettingError('DATA_DIR', 'should be a folder that can be written to')
  }
}

/** The secret in a file of the data folder, made when absent. Linked into place whole, so that nobody ever reads half of one. */
function keep(folder: string, name: string, make: () => string): { value: string; isNew: boolean } {
  const file = join(folder, name)
  makeFolder(folder)
  if (existsSync(file)) return { value: readFileSync(file, 'utf8').trim(), isNew: false }
  const draft = `${file}.${randomBytes(6).toString('hex')}`
  writeFileSync(draft, make(), { mode: 0o600 })
  try {
    linkSync(draft, file)
    return { value: readFileSync(file, 'utf8'), isNew: true }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return { value: readFileSync(file, 'utf8').trim(), isNew: false }
  } finally {
    rmSync(draft)
  }
}

const randomPassword = (): string => randomBytes(24).toString('base64url')
