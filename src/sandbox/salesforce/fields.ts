// Short ways to say which fields an object has, and what every record holds beside its own.

import { type Field, type FieldKind, type FieldValues, type SObjectName, type Times, timestamp } from './sobject.ts'

const LENGTHS: Readonly<Record<FieldKind, number>> = {
  boolean: 0,
  date: 0,
  datetime: 0,
  email: 80,
  id: 18,
  phone: 40,
  picklist: 255,
  reference: 18,
  string: 255,
  textarea: 32_000,
  url: 255,
}

/** A field that people fill in; the label is its name in words. */
export function field(name: string, kind: FieldKind, length = LENGTHS[kind]): Field {
  return { name, label: labelOf(name), kind, length, computed: false }
}

/** A field that Salesforce fills in. */
export function computed(name: string, kind: FieldKind, length = LENGTHS[kind]): Field {
  return { ...field(name, kind, length), computed: true }
}

/** A reference, and the relationship by which queries follow it: `AccountId` is followed as `Account`. */
export function reference(name: string, object: SObjectName): Field {
  return { ...field(name, 'reference'), parent: { name: name.replace(/Id$/, ''), object } }
}

/** What every object has. */
export const SYSTEM_FIELDS: readonly Field[] = [
  computed('Id', 'id'),
  computed('IsDeleted', 'boolean'),
  computed('CreatedDate', 'datetime'),
  computed('LastModifiedDate', 'datetime'),
  computed('SystemModstamp', 'datetime'),
]

/** The values of {@link SYSTEM_FIELDS}. */
export function systemValues(id: string, { createdAt, updatedAt }: Times): FieldValues {
  const modified = timestamp(updatedAt)
  return { Id: id, IsDeleted: false, CreatedDate: timestamp(createdAt), LastModifiedDate: modified, SystemModstamp: modified }
}

/** Fields by their names in lower case, without those that the org doesn't have (`Contact.OtherPhone`). */
export function fieldMap(
  object: SObjectName,
  fields: readonly Field[],
  missing: ReadonlySet<string>,
): ReadonlyMap<string, Field> {
  const kept = fields.filter(({ name }) => !missing.has(`${object}.${name}`.toLowerCase()))
  return new Map(kept.map((one) => [one.name.toLowerCase(), one]))
}

/** A text as Salesforce stores it: trimmed, as long as the field is, and nothing where it is empty. */
export function stored(text: string | null | undefined, length: number): string | null {
  const trimmed = (text ?? '').trim()
  if (trimmed.length <= length || length === 0) return trimmed === '' ? null : trimmed
  // Never in the middle of a character that takes two units.
  return trimmed
    .slice(0, length)
    .replace(/[\uD800-\uDBFF]$/, '')
    .trimEnd()
}

function labelOf(name: string): string {
  return name.replace(/Id$/, ' ID').replace(/([a-z])([A-Z])/g, '$1 $2')
}
