import { spanSize } from './spans'
import { count } from './texts'

/** Where the texts stand, each by its number. */
export const texts: usize = memory.data(count * spanSize)

export function text(number: i32): usize {
  return texts + number * spanSize
}
