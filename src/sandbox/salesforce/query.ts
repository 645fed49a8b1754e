// Finds the rows of a statement: straight to the few that can fit where its condition allows it, else through all of them.

import { setImmediate as breathe } from 'node:timers/promises'
import { Columns } from './columns.ts'
import type { FieldPath } from './field-paths.ts'
import { comparerOf, sortKeys, testOf } from './filters.ts'
import { positionOf } from './ids.ts'
import { Row } from './rows.ts'
import type { SObject } from './sobject.ts'
import type { Condition, Operand, Statement } from './soql.ts'

const BREATH = 5_000
const KEPT_ANSWERS = 16
// After so many records without an end in sight it pays to take the fields of all.
const PATIENCE = 10_000

/** The positions of all rows of a statement, in its order, from its offset on and as many as its limit says. */
export type Query = (statement: Statement) => Promise<readonly number[]>

/** Queries over one org; a question that had to read everything isn't read again until a record changes. */
export function createQuery(): Query {
  const kept = new Map<string, { readonly versions: string; readonly positions: readonly number[] }>()
  const columns = new Map<SObject, Columns>()
  const columnsOf = (object: SObject) => {
    const known = columns.get(object) ?? new Columns(object)
    columns.set(object, known)
    return known
  }
  return async (statement) => {
    const { object, order, condition, offset, limit, key } = statement
    const end = limit === null ? Number.POSITIVE_INFINITY : offset + limit
    const versions = versionsOf(statement)
    const known = kept.get(key)
    if (known?.versions === versions) return known.positions.slice(offset, end)

    const byId = order.length === 0 || (order.length === 1 && order[0]?.path.via === null && order[0].path.field.kind === 'id')
    const descending = byId && order[0]?.descending === true
    if (condition === null && byId && object.records.size === object.records.end) {
      return everything(object, descending, offset, end)
    }
    const candidates = candidatesOf(object, condition)
    const most = byId ? end : Number.POSITIVE_INFINITY
    const found = await matching(statement, candidates ?? rangeOf(object, condition), {
      descending,
      most,
      columns: columnsOf(object),
    })
    const positions = byId ? found : sorted(statement, found, columnsOf(object))
    if (candidates === null && found.length < most) {
      kept.set(key, { versions, positions })
      if (kept.size > KEPT_ANSWERS) kept.delete(kept.keys().next().value as string)
    }
    return positions.slice(offset, end)
  }
}

// Rows of other objects can change what a path leads to.
function versionsOf(statement: Statement): string {
  const objects = new Set([statement.object, ...pathsIn(statement).flatMap(({ via }) => via?.object ?? [])])
  return [...objects].map(({ records }) => records.version).join()
}

function pathsIn({ condition, order }: Statement): readonly FieldPath[] {
  const visit = (part: Condition): readonly FieldPath[] => {
    if ('parts' in part) return part.parts.flatMap(visit)
    return part.kind === 'not' ? visit(part.part) : [part.path]
  }
  return [...(condition === null ? [] : visit(condition)), ...order.map(({ path }) => path)]
}

// The fields that have to be read of every record, those left out that are known without it.
function fieldsRead(statement: Statement): readonly string[] {
  const { object } = statement
  const own = pathsIn(statement).map(({ field, via }) => (via?.reference ?? field).name)
  return [...new Set(own)].filter((name) => object.known(0, name) === undefined)
}

function everything({ records }: SObject, descending: boolean, offset: number, end: number): readonly number[] {
  const count = Math.max(0, Math.min(end, records.end) - offset)
  return Array.from({ length: count }, (_, i) => (descending ? records.end - 1 - offset - i : offset + i))
}

async function matching(
  statement: Statement,
  positions: Iterable<number> | Range,
  { descending, most, columns }: { readonly descending: boolean; readonly most: number; readonly columns: Columns },
): Promise<number[]> {
  const { object, condition } = statement
  const fits = condition === null ? () => true : testOf(condition)
  const found: number[] = []
  let looked = 0
  for (const position of 'from' in positions ? walk(positions, descending) : inOrder(positions, descending)) {
    if (found.length >= most) break
    if (++looked % BREATH === 0) await breathe()
    if (looked === PATIENCE) await columns.prepare(fieldsRead(statement))
    if (object.records.has(position) && fits(new Row(object, position, columns))) found.push(position)
  }
  return found
}

function sorted({ object, order }: Statement, positions: readonly number[], columns: Columns): readonly number[] {
  return positions
    .map((position) => sortKeys(order, new Row(object, position, columns)))
    .sort(comparerOf(order))
    .map(({ position }) => position)
}

interface Range {
  readonly from: number
  readonly end: number
}

function* walk({ from, end }: Range, descending: boolean): Generator<number, void, undefined> {
  if (descending) for (let position = end - 1; position >= from; position--) yield position
  else for (let position = from; position < end; position++) yield position
}

function inOrder(positions: Iterable<number>, descending: boolean): readonly number[] {
  return [...positions].sort((a, b) => (descending ? b - a : a - b))
}

// Conditions on the id that hold for every row narrow the records down to a stretch: this is what makes paging by key cheap.
function rangeOf(object: SObject, condition: Condition | null): Range {
  let [from, end] = [0, object.records.end]
  for (const part of condition?.kind === 'and' ? condition.parts : condition === null ? [] : [condition]) {
    if (part.kind !== 'compare' || !isId(part.path) || part.operand.kind !== 'text') continue
    const at = object.ids.positionFrom(part.operand.text)
    if (part.operator === '>' || part.operator === '>=') from = Math.max(from, at)
    // The row with the id itself is left to the condition.
    if (part.operator === '<' || part.operator === '<=') end = Math.min(end, at + 1)
  }
  return { from, end }
}

// Positions that can fit, records that have changed since they were generated among them; null when only reading all can tell.
function candidatesOf(object: SObject, condition: Condition | null): ReadonlySet<number> | null {
  const found = condition === null ? null : generatedCandidates(object, condition)
  return found === null ? null : new Set([...found, ...object.records.changedPositions()])
}

function generatedCandidates(object: SObject, condition: Condition): readonly number[] | null {
  switch (condition.kind) {
    case 'and': {
      const lists = condition.parts.map((part) => generatedCandidates(object, part)).filter((list) => list !== null)
      return lists.sort((a, b) => a.length - b.length)[0] ?? null
    }
    case 'or':
      return union(condition.parts.map((part) => generatedCandidates(object, part)))
    case 'compare':
      return condition.operator === '=' ? withOperand(object, condition.path, condition.operand) : null
    case 'in':
      return condition.negated ? null : union(condition.operands.map((operand) => withOperand(object, condition.path, operand)))
    case 'like': {
      const [text, ...rest] = condition.pattern
      if (typeof text !== 'string' || rest.length > 0) return null
      return withOperand(object, condition.path, { kind: 'text', text })
    }
    default:
      return null
  }
}

function withOperand(object: SObject, path: FieldPath, operand: Operand): readonly number[] | null {
  if (path.via !== null || operand.kind !== 'text') return null
  if (!isId(path)) return object.positionsWith(path.field.name, operand.text)
  const position = positionOf(object.ids, operand.text)
  return position === undefined ? [] : [position]
}

function union(lists: readonly (readonly number[] | null)[]): readonly number[] | null {
  return lists.includes(null) ? null : lists.flatMap((list) => list ?? [])
}

function isId({ field, via }: FieldPath): boolean {
  return via === null && field.kind === 'id'
}
