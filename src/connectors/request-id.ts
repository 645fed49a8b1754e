/** What a CRM calls a request of the bridge, in its answers. */

/** The first of these headers that holds a name as CRMs make them; null where none does. It goes to the log. */
export function requestIdIn(headers: Readonly<Record<string, string>>, ...names: string[]): string | null {
  return names.map((name) => headers[name] ?? '').find((id) => /^[\w.:-]{8,100}$/.test(id)) ?? null
}
