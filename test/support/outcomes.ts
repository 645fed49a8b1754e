/** The pages on which consent ends, as somebody reads them in English. */
import { outcomes as all, type Outcome } from '../../src/consent/outcomes.ts'
import { en } from '../../src/texts/en.ts'

export type InEnglish = { readonly status: number } & ReturnType<Outcome['words']>

const inEnglish = ({ status, words }: Outcome): InEnglish => ({ status, ...words(en) })

type Outcomes = typeof all
export const outcomes = Object.fromEntries(
  Object.entries(all).map(([name, make]) => [
    name,
    (...about: never[]) => inEnglish((make as (...about: never[]) => Outcome)(...about)),
  ]),
) as { readonly [name in keyof Outcomes]: (...about: Parameters<Outcomes[name]>) => InEnglish }
