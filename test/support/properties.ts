/** Values and settings for property tests: the same ones in every run, so that a red test is red for whoever looks. */
import fc from 'fast-check'

export const steady = (numRuns: number) => ({ seed: 20_261_122, numRuns })

/** What breaks parsers: quotes, wildcards, operators and escapes of query languages, control characters, halves of characters. */
const traps = [
  "'",
  '"',
  '\\',
  '`',
  '%',
  '_',
  '*',
  '?',
  '&',
  '|',
  '!',
  '{',
  '}',
  '[',
  ']',
  '(',
  ')',
  '^',
  '~',
  ':',
  '+',
  '-',
  '@',
  '/',
  '..',
  '\0',
  '\r\n',
  '\u2028',
  '\ud800',
  '\udfff',
  '\u202e',
  '\ufeff',
  ' OR 1=1 --',
  "'; DROP TABLE",
  '<script>',
  '{{x}}',
  '%00',
  '{"a":1}',
  '٣',
  '👩‍🚀',
  'ß',
  'e\u0301',
  '1',
  '4155',
  '+49',
  'a@b.c',
]

/** Any text up to a length, often made of what breaks parsers. */
export function hostileText(maxLength: number): fc.Arbitrary<string> {
  const pieces = fc.array(fc.oneof(fc.constantFrom(...traps), fc.string({ unit: 'binary', maxLength: 8 })), { maxLength: 12 })
  return fc
    .oneof(
      pieces.map((parts) => parts.join('')),
      fc.string({ unit: 'binary', maxLength }),
      fc.constantFrom(...traps).map((trap) => trap.repeat(maxLength)),
    )
    .map((text) => text.slice(0, maxLength))
}
