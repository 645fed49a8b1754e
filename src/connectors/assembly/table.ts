import { spanSize } from './spans'

/** More than any CRM has. */
const most = 96

/** Where the texts stand, each by its number. */
export const texts: usize = memory.data(most * spanSize)

export function text(number: i32): usize {
  return texts + number * spanSize
}
