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

/** Space of every kind that Unicode has, and what is none. */
const around = fc.constantFrom(
  '',
  '',
  ' ',
  '\n',
  '\u00a0',
  '\u1680',
  '\u2003',
  '\u2028',
  '\u202f',
  '\u205f',
  '\u3000',
  '\ufeff',
  '\u0085',
)
/** Any text, with space around it. */
export const spacedText = fc.tuple(around, hostileText(30), around).map((parts) => parts.join(''))

/** Links as people type them, and what nearly is one. */
export const typedLink = fc.oneof(
  fc.stringMatching(/^(https?:\/\/)?[a-z0-9.-]{1,12}(\/[\w./-]{0,6})?$/),
  fc.stringMatching(/^(http|https|HTTP|xn--a)?[:/]{0,3}[a-c.:/-]{0,8}$/),
)
