/** What people read, in their language. */
import Negotiator from 'negotiator'
import { type Language, languages } from '../language.ts'
import { de } from './de.ts'
import { en, type Texts } from './en.ts'

export type { Texts } from './en.ts'

const texts: Readonly<Record<Language, Texts>> = { en, de }

/** The texts in the language that the browser asks for; English for whoever asks for none of them. */
export function textsFor(request: { readonly headers: Readonly<Record<string, unknown>> }): Texts {
  const { 'accept-language': accepted } = request.headers
  const headers = { 'accept-language': typeof accepted === 'string' ? accepted : '' }
  return texts[new Negotiator({ headers }).language([...languages]) as Language] ?? en
}
