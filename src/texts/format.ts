/** Numbers and times as a language writes them. */
import type { Language } from '../language.ts'

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

export function formats(language: Language) {
  const numbers = new Intl.NumberFormat(language)
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' })
  const moments = new Intl.DateTimeFormat(language, {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hour12: false,
    timeZone: 'UTC',
    timeZoneName: 'short',
  })
  return {
    number: (value: number): string => numbers.format(value),
    /** `3 hours ago`: nobody has to know the server's time zone. */
    ago(date: Date, now = Date.now()): string {
      const past = Math.max(0, now - date.getTime())
      const [unit, length] = units.find(([, length]) => past >= length) ?? ['second', 1000]
      return relative.format(-Math.floor(past / length), unit)
    },
    /** To the minute, in UTC. */
    moment: (date: Date): string => moments.format(date),
    duration: (milliseconds: number): string =>
      milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${numbers.format(Math.round(milliseconds / 100) / 10)} s`,
  }
}
