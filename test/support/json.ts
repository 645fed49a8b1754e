/** An answer's JSON, to be looked into freely: expectations check its shape. */
// biome-ignore lint/suspicious/noExplicitAny: a test reads answers of any shape
export type Json = any

export async function getJson(url: string, init?: RequestInit): Promise<Json> {
  const response = await fetch(url, init)
  return response.json()
}
