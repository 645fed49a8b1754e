/** Which objects and fields this org and this user have: learned from refusals, so that nothing is asked for twice in vain. */
import type { Session } from '../connector.ts'
import type { SalesforceApi } from './api.ts'
import { errorCodeOf } from './errors.ts'

export type ObjectName = 'Contact' | 'Lead'

const allFields: Readonly<Record<ObjectName, readonly string[]>> = {
  Contact: [
    'Id',
    'Name',
    'Title',
    'Email',
    'Phone',
    'MobilePhone',
    'HomePhone',
    'OtherPhone',
    'AssistantPhone',
    'Account.Name',
    'Account.Website',
    'MailingCountry',
  ],
  Lead: ['Id', 'Name', 'Company', 'Title', 'Website', 'Phone', 'MobilePhone', 'Email', 'Country', 'IsConverted'],
}

const phoneFields: Readonly<Record<ObjectName, readonly string[]>> = {
  Contact: ['Phone', 'MobilePhone', 'HomePhone', 'OtherPhone', 'AssistantPhone'],
  Lead: ['Phone', 'MobilePhone'],
}

export class Schema {
  readonly #missing: ReadonlySet<string>
  /** @param missing objects by name, fields as `Contact.OtherPhone` */
  constructor(missing: readonly string[]) {
    this.#missing = new Set(missing)
  }

  get objects(): readonly ObjectName[] {
    return (['Contact', 'Lead'] as const).filter((object) => !this.#missing.has(object))
  }

  has(object: ObjectName, field: string): boolean {
    return !this.#missing.has(`${object}.${field}`)
  }

  /** The fields to SELECT or RETURN. */
  fields(object: ObjectName): readonly string[] {
    return allFields[object].filter((field) => this.has(object, field))
  }

  phones(object: ObjectName): readonly string[] {
    return phoneFields[object].filter((field) => this.has(object, field))
  }

  /** What keeps converted leads out, since they live on as contacts; '' where it needs nothing. */
  only(object: ObjectName): string {
    return object === 'Lead' && this.has('Lead', 'IsConverted') ? 'IsConverted = false' : ''
  }
}

/** How long what is missing is believed to be so. Milliseconds. */
const remembered = 6 * 3_600_000
const memoryKey = 'missing'

/**
 * Runs statements made for what the org has; when Salesforce names something that it hasn't, tells the operator and runs them again
 * without it.
 */
export async function withSchema<T>(session: Session, api: SalesforceApi, run: (schema: Schema) => Promise<T>): Promise<T> {
  for (;;) {
    const missing = session.memory.get<readonly string[]>(memoryKey) ?? []
    try {
      return await run(new Schema(missing))
    } catch (error) {
      const learned = (await findMissing(error, api)).filter((name) => !missing.includes(name))
      // Without contacts there is nothing to answer with.
      if (learned.length === 0 || learned.includes('Contact')) throw error
      // Read anew: another statement may have learned it, or something else, meanwhile.
      const known = session.memory.get<readonly string[]>(memoryKey) ?? []
      const news = learned.filter((name) => !known.includes(name))
      session.memory.set(memoryKey, [...known, ...news], remembered)
      for (const name of news) session.notice(`Salesforce has no ${name} for this connection's user; contacts come without it`)
    }
  }
}

async function findMissing(error: unknown, api: SalesforceApi): Promise<readonly string[]> {
  const code = errorCodeOf(error)
  const message = error instanceof Error ? error.message : ''
  if (code === 'INVALID_TYPE') return readMissingObject(message)
  if (code !== 'INVALID_FIELD') return []
  const named = readMissingField(message)
  return named.length > 0 ? named : compareWithDescription(api)
}

function readMissingObject(message: string): readonly string[] {
  const [, object] = /sObject type '(\w+)' is not supported/i.exec(message) ?? /\b(Lead|Contact)\b/.exec(message) ?? []
  return object === 'Lead' || object === 'Contact' ? [object] : []
}

/** "No such column 'OtherPhone' on entity 'Contact'", and "Didn't understand relationship 'Account' in field path". */
export function readMissingField(message: string): readonly string[] {
  const [, column, entity] = /No such column '([\w.]+)' on (?:entity|sobject of type) '?(\w+)'?/i.exec(message) ?? []
  if (column && (entity === 'Contact' || entity === 'Lead')) return known(entity, column)
  if (column && entity === 'Account') return known('Contact', `Account.${column}`)
  const [, relation] = /relation(?:ship)? '(\w+)'/i.exec(message) ?? []
  return relation ? allFields.Contact.filter((field) => field.startsWith(`${relation}.`)).map((field) => `Contact.${field}`) : []
}

function known(object: ObjectName, field: string): readonly string[] {
  return allFields[object].includes(field) && field !== 'Id' ? [`${object}.${field}`] : []
}

/** For words that can't be read: what the objects' own descriptions lack. */
async function compareWithDescription(api: SalesforceApi): Promise<readonly string[]> {
  const missing = await Promise.all(
    (['Contact', 'Lead'] as const).map(async (object) => {
      const { fields } = await api.describe(object)
      const names = new Set(fields.map(({ name }) => name))
      return allFields[object].filter((field) => !field.includes('.') && !names.has(field)).map((field) => `${object}.${field}`)
    }),
  )
  return missing.flat()
}
