/** Text that a terminal may show, whoever wrote it. */

/** What steers a terminal, breaks lines or turns the direction of text around. @see https://www.unicode.org/reports/tr9/ */
const steering = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu

/** The text with what steers a terminal as `\u001b`: fields of a CRM hold anything. */
export const printable = (text: string): string => text.replace(steering, spelledOut)

/** Compact JSON with the same meaning: outside of its strings compact JSON has none of these characters. */
export const printableJson = (json: string): string => printable(json)

const spelledOut = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
