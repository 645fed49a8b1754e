/** HTML for what the page shows over and over. Everything in it is escaped. */
import type { Field, Shown } from './outline.ts'

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

/** A sentence whose `code` is set as such. */
export const prose = (text: string): string =>
  text
    .split('`')
    .map((part, nth) => (nth % 2 === 1 ? `<code>${escaped(part)}</code>` : escaped(part)))
    .join('')

/** A schema's name, leading to it. */
export const reference = ({ reference, type }: Shown): string =>
  reference === null ? escaped(type) : `<a href="#${escaped(reference)}">${escaped(type)}</a>`

/** What an object holds; '' when that is nothing. */
export const fieldTable = (fields: readonly Field[]): string =>
  fields.length === 0
    ? ''
    : table(
        ['field', 'type', 'meaning'],
        fields.map((field) => [nameCell(field), escaped(field.type), prose(field.description)]),
      )

export const parameterTable = (parameters: readonly (Field & { readonly place: string })[]): string =>
  table(
    ['name', 'in', 'type', 'meaning'],
    parameters.map((one) => [nameCell(one), escaped(one.place), escaped(one.type), prose(one.description)]),
  )

const nameCell = ({ name, isRequired }: Field): string => `<code>${escaped(name)}</code>${isRequired ? '' : ' <i>optional</i>'}`

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const headCells = head.map((title) => `<th>${title}</th>`).join('')
  const body = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('\n')
  return `<div class="scroll"><table><thead><tr>${headCells}</tr></thead><tbody>\n${body}\n</tbody></table></div>`
}
