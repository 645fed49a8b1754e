/** Why an operator's wish isn't fulfilled, in the words of whoever reads it. */
import { BridgeError } from '../errors.ts'
import { en } from '../texts/en.ts'
import type { Texts } from '../texts/texts.ts'

export class OperatorRefusal extends BridgeError {
  readonly words: (refusals: Texts['admin']['refusals']) => string

  constructor(words: OperatorRefusal['words']) {
    super('request_invalid', words(en.admin.refusals))
    this.words = words
  }
}
