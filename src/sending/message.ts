/** Reads what a CRM wants sent: pure, and as liberal as CRMs' forms for webhooks need it. */
import { readPhoneQuery } from '../directory/phone.ts'
import { BridgeError } from '../errors.ts'

export type Message = {
  /** The customer's international number, digits only. */
  readonly waId: string
  /** '' where it is a template. */
  readonly text: string
  readonly template: Template | null
}
export type Template = { readonly name: string; readonly language: string; readonly parameters: readonly string[] }

/** WhatsApp's own limits, in characters. @see https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages */
const longest = { text: 4_096, name: 512, parameter: 1_024 }
const mostParameters = 20

/**
 * `{to, text}`, or `{to, template: {name, language, parameters}}`; flat as well, for forms that have no objects and lists:
 * `{to, template, language, parameter_1, parameter_2}`.
 * @param region country by which a national number is read
 * @throws {BridgeError} request_invalid
 */
export function readMessage(body: unknown, region: string): Message {
  const { to, text, template, ...rest } = fields(body)
  const waId = readNumber(to, region)
  const hasText = text !== undefined && text !== null && text !== ''
  const hasTemplate = template !== undefined && template !== null && template !== ''
  if (hasText === hasTemplate) throw invalid('The body should have either text or template.')
  if (hasTemplate)
    return {
      waId,
      text: '',
      template: readTemplate(typeof template === 'object' ? fields(template) : { ...rest, name: template }),
    }
  const written = readText(text)
  if (written === '' || written.length > longest.text) throw invalid(`The text should have 1 to ${longest.text} characters.`)
  return { waId, text: written, template: null }
}

/** The number has to be unmistakable: what could be two people's goes to nobody. */
function readNumber(to: unknown, region: string): string {
  const numbers = readPhoneQuery(readText(to), region)
  const [number] = numbers
  if (number === undefined) throw invalid('The field to should be a phone number, best with + and the country’s code.')
  if (numbers.length > 1) throw invalid('The number in to could be of two countries. Write it with + and the country’s code.')
  return number.e164.slice(1)
}

function readTemplate(given: Fields): Template {
  const name = readText(given.name)
  const language = readText(given.language)
  if (!/^[a-z0-9_]+$/.test(name) || name.length > longest.name)
    throw invalid('The template should be given by its name: small letters, digits and _.')
  if (!/^[a-z]{2,3}(_[A-Za-z]{2,4})?$/.test(language))
    throw invalid('The template’s language should be given as WhatsApp writes it, such as en or pt_BR.')
  const parameters = (Array.isArray(given.parameters) ? given.parameters : numbered(given)).map(readText)
  if (
    parameters.length > mostParameters ||
    parameters.some((one) => one === '' || one.length > longest.parameter || /[\n\t]/.test(one))
  )
    throw invalid(`The template’s parameters should be at most ${mostParameters}, each of one line that isn’t empty.`)
  return { name, language, parameters }
}

/** `parameter_1`, `parameter_2`, and so on to the first that is missing. */
function numbered(given: Fields): unknown[] {
  const all = Array.from({ length: mostParameters + 1 }, (_, nth) => given[`parameter_${nth + 1}`])
  const end = all.indexOf(undefined)
  return end === -1 ? all : all.slice(0, end)
}

type Fields = Readonly<Record<string, unknown>>

function fields(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('The body should be an object.')
  return value as Fields
}

/** Well-formed text without control characters, its lines kept; a number as text; '' for whatever else there is. */
function readText(value: unknown): string {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  if (typeof value !== 'string') return ''
  return value
    .toWellFormed()
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n\t]+/gu, '')
    .trim()
}

const invalid = (message: string): BridgeError => new BridgeError('request_invalid', message)
