// Paths to values: a field of a record, or through a reference a field of the record that it leads to.

import type { Field, Schema, SObject } from './sobject.ts'

/** A field of the object that is asked, or with `via` of the object that its reference leads to. */
export interface FieldPath {
  readonly field: Field
  readonly via: { readonly reference: Field; readonly name: string; readonly object: SObject } | null
}

/** What a path names that isn't there: a relationship, or a field of an object. */
export interface NoSuchPath {
  readonly missing: 'relationship' | 'field'
  readonly name: string
  readonly object: SObject
}

/** Finds a path of one or two names, written without regard to capitals. */
export function findPath(schema: Schema, object: SObject, names: readonly string[]): FieldPath | NoSuchPath {
  const [first = '', second] = names
  if (second === undefined) {
    const field = object.fields.get(first.toLowerCase())
    return field === undefined ? { missing: 'field', name: first, object } : { field, via: null }
  }
  for (const reference of object.fields.values()) {
    const { parent } = reference
    if (parent === undefined || parent.name.toLowerCase() !== first.toLowerCase()) continue
    const target = schema.get(parent.object.toLowerCase())
    if (target === undefined) break
    const field = target.fields.get(second.toLowerCase())
    if (field === undefined) return { missing: 'field', name: second, object: target }
    return { field, via: { reference, name: parent.name, object: target } }
  }
  return { missing: 'relationship', name: first, object }
}

/** The paths of these names, those left out that the org doesn't have. */
export function pathsOf(schema: Schema, object: SObject, names: readonly string[]): readonly FieldPath[] {
  return names.map((name) => findPath(schema, object, name.split('.'))).filter((path) => 'field' in path)
}
