/** Compares secrets. */
import { createHash, timingSafeEqual } from 'node:crypto'

/** Compared as hashes, so that neither the length nor the place of the first difference shows in the time. */
export function sameSecret(given: string, expected: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(hash(given), hash(expected))
}
