// Runs a search over the org's records: straight to the few that can match where the expression is a number or an address, else through
// the words of all.

import { setImmediate as breathe } from 'node:timers/promises'
import { comparerOf, sortKeys, testOf } from './filters.ts'
import { Row } from './rows.ts'
import type { SearchIndex } from './search-index.ts'
import type { SearchGroup, SObject } from './sobject.ts'
import type { Statement } from './soql.ts'
import { ANY, fits } from './soql-literals.ts'
import type { Search } from './sosl.ts'
import type { Phrase, SearchExpression } from './sosl-terms.ts'

const BREATH = 10_000

/** What a search found of one object. */
export interface Found {
  readonly statement: Statement
  readonly positions: readonly number[]
}

/** Runs a search. How Salesforce ranks isn't documented; without an order, rows come as their ids do. */
export async function runSearch(index: SearchIndex, { expression, group, returning, limit }: Search): Promise<readonly Found[]> {
  const found: Found[] = []
  let left = limit
  for (const statement of returning) {
    const positions = (await matching(index, statement, expression, group)).slice(0, left)
    found.push({ statement, positions })
    left -= positions.length
  }
  return found
}

async function matching(
  index: SearchIndex,
  { object, condition, order, offset, limit }: Statement,
  expression: SearchExpression,
  group: SearchGroup,
): Promise<readonly number[]> {
  const { records } = object
  const candidates = candidatesOf(object, expression, group)
  const textAt = await index.texts(object, group, candidates !== null)
  const matches = expressionTest(expression)
  const passes = condition === null ? () => true : testOf(condition)
  const rows: Row[] = []
  let looked = 0
  for (const position of candidates ?? records.positions()) {
    if (++looked % BREATH === 0) await breathe()
    if (!records.has(position) || !matches(textAt(position))) continue
    const row = new Row(object, position)
    if (passes(row)) rows.push(row)
  }
  const positions =
    order.length === 0
      ? rows.map(({ position }) => position)
      : rows
          .map((row) => sortKeys(order, row))
          .sort(comparerOf(order))
          .map(({ position }) => position)
  return positions.slice(offset, limit === null ? undefined : offset + limit)
}

function expressionTest(expression: SearchExpression): (text: string) => boolean {
  switch (expression.kind) {
    case 'and': {
      const tests = expression.parts.map(expressionTest)
      return (text) => tests.every((test) => test(text))
    }
    case 'or': {
      const tests = expression.parts.map(expressionTest)
      return (text) => tests.some((test) => test(text))
    }
    case 'not': {
      const test = expressionTest(expression.part)
      return (text) => !test(text)
    }
    default:
      return phraseTest(expression)
  }
}

function phraseTest({ words }: Phrase): (text: string) => boolean {
  if (words.length === 0) return () => false
  const last = words.at(-1) ?? []
  const begun = last.at(-1) === ANY
  const plain = [...words.slice(0, -1), begun ? last.slice(0, -1) : last]
  if (plain.every((word) => word.length === 1 && typeof word[0] === 'string')) {
    const wanted = ` ${plain.map(([word]) => String(word)).join(' ')}${begun ? '' : ' '}`
    return (text) => text.includes(wanted)
  }
  return (text) => {
    const tokens = text.split(' ')
    return tokens.some((_, start) => words.every((word, i) => fits(word, tokens[start + i] ?? '|')))
  }
}

// Positions that can match, records that have changed since they were generated among them; null when only reading all can tell.
function candidatesOf(object: SObject, expression: SearchExpression, group: SearchGroup): readonly number[] | null {
  const found = generatedCandidates(object, expression, group)
  return found === null ? null : [...new Set([...found, ...object.records.changedPositions()])].sort((a, b) => a - b)
}

function generatedCandidates(object: SObject, expression: SearchExpression, group: SearchGroup): readonly number[] | null {
  switch (expression.kind) {
    case 'and': {
      const lists = expression.parts.map((part) => generatedCandidates(object, part, group)).filter((list) => list !== null)
      return lists.sort((a, b) => a.length - b.length)[0] ?? null
    }
    case 'or': {
      const lists = expression.parts.map((part) => generatedCandidates(object, part, group))
      return lists.includes(null) ? null : lists.flatMap((list) => list ?? [])
    }
    case 'not':
      return null
    default:
      return withPhrase(object, expression, group)
  }
}

// Eight digits together are in no name, and a number before an `@` is in one address only.
function withPhrase(object: SObject, { words, written }: Phrase, group: SearchGroup): readonly number[] | null {
  if (words.some((word) => word.length > 1)) return null
  if (words.length === 1 && group !== 'NAME' && group !== 'EMAIL' && /^\d{8,}$/.test(written))
    return object.positionsWith('Phone', written)
  if (group !== 'NAME' && group !== 'PHONE' && /\d@/.test(written)) return object.positionsWith('Email', written)
  return null
}
