/** Tables as wide as the terminal, whatever script their text is in. */
import stringWidth from 'string-width'
import { printable } from './printable.ts'

/** `whole` = never cut, since a part of it is of no use. */
export type Column = { readonly title: string; readonly whole?: boolean }
/** Several lines stand one beneath the other. */
export type Cell = string | readonly string[]

const gap = '  '
/** Columns aren't cut to less than this many cells of the terminal. */
const narrowest = 8

/** @param width of the terminal, in its cells; undefined = nothing is cut */
export function table(columns: readonly Column[], rows: readonly (readonly Cell[])[], width?: number): string[] {
  const texts = rows.map((row) => row.map((cell) => [cell].flat().map(printable)))
  const widths = fitted(columns, texts, width)
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => padded(cut(cell, widths[column] ?? 0), widths[column] ?? 0))
      .join(gap)
      .trimEnd()
  return [
    line(columns.map(({ title }) => title)),
    ...texts.flatMap((row) => {
      const height = Math.max(1, ...row.map((cell) => cell.length))
      return Array.from({ length: height }, (_, nth) => line(row.map((cell) => cell[nth] ?? '')))
    }),
  ]
}

/** Names and values beneath each other. */
export function fields(pairs: readonly (readonly [name: string, value: string])[]): string[] {
  const longest = Math.max(...pairs.map(([name]) => name.length))
  return pairs.map(([name, value]) => `${name.padEnd(longest)}${gap}${printable(value)}`.trimEnd())
}

/** How wide each column is: as wide as its text, the widest made narrower until the whole fits. */
function fitted(columns: readonly Column[], rows: readonly string[][][], width: number | undefined): number[] {
  const widths = columns.map(({ title }, column) =>
    Math.max(stringWidth(title), ...rows.flatMap((row) => row[column] ?? []).map((text) => stringWidth(text))),
  )
  let over = width === undefined ? 0 : widths.reduce((sum, one) => sum + one, gap.length * (columns.length - 1)) - width
  for (; over > 0; over -= 1) {
    const yielding = widths.map((one, column) => (columns[column]?.whole || one <= narrowest ? 0 : one))
    const widest = yielding.indexOf(Math.max(...yielding))
    if (yielding[widest] === 0) break
    widths[widest] = (widths[widest] ?? 0) - 1
  }
  return widths
}

const padded = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - stringWidth(text)))

const graphemes = new Intl.Segmenter()

/** At most `width` cells of the terminal; what is cut ends with `…`. */
function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text
  let kept = ''
  let taken = 0
  for (const { segment } of graphemes.segment(text)) {
    taken += stringWidth(segment)
    if (taken > width - 1) break
    kept += segment
  }
  return `${kept}…`
}
