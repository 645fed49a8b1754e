/** Headers as Node and undici give them, with one text for each name. */
export function flatHeaders(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    flat[name] = typeof value === 'string' ? value : [value].flat().join(', ')
  }
  return flat
}
