/** Tables: as wide as the terminal, whoever's names are in them. */
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { fields, table } from '../../src/cli/table.ts'

const columns = [{ title: 'NAME' }, { title: 'ID', whole: true }]

describe('a table', () => {
  it('stands in columns, with every line of a cell', () => {
    const rows = [
      ['Ana', ['1', '2']],
      ['Bo', []],
      ['', '3'],
    ]
    expect(table(columns, rows)).toEqual(['NAME  ID', 'Ana   1', '      2', 'Bo', '      3'])
  })

  it('counts cells of the terminal, not characters', () => {
    const names = ['田中太郎', 'José', '👩‍👩‍👧', 'e\u0301']
    const lines = table(
      columns,
      names.map((name) => [name, 'x']),
    )
    for (const line of lines.slice(1)) expect(stringWidth(line.slice(0, line.indexOf('x')))).toBe(10)
  })

  it('is cut to the terminal’s width where that may be cut, between characters as people see them', () => {
    const rows = [
      ['田中太郎田中太郎田中太郎', '0198c2a4-id'],
      ['👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧', 'id'],
    ]
    const lines = table(columns, rows, 24)
    expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(24)
    expect(lines[1]).toMatch(/^田中太郎田… {2}0198c2a4-id$/)
    expect(lines[2]).toMatch(/^(👩‍👩‍👧)+… +id$/u)
    expect(table(columns, rows)[1]).toContain('田中太郎田中太郎田中太郎')
  })

  it('is wider than the terminal rather than unreadable', () => {
    expect(table(columns, [['Somebody', '0198c2a4-id']], 5)[1]).toBe('Somebody  0198c2a4-id')
  })

  it('shows what would steer the terminal', () => {
    const hostile = 'Eve\u001b[2J\u009b31m\r\nEND\u202e\u0007'
    const [, line = ''] = table(columns, [[hostile, '1']])
    expect(line).toBe('Eve\\u001b[2J\\u009b31m\\u000d\\u000aEND\\u202e\\u0007  1')
    expect(fields([['Name', hostile]])[0]).not.toMatch(/\p{Cc}|\u202e/u)
  })
})
