/** An answer's bytes, written once for as long as its contacts stay in the cache, compressed once for each way a caller asks. */
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Answer } from '../directory/directory.ts'

export type Encoding = 'br' | 'gzip' | 'identity'

export interface KeptBytes {
  readonly etag: string
  /** The bytes as the caller would rather have them; small ones as they are. */
  as(wished: Encoding): Promise<{ readonly body: Buffer; readonly encoding: Encoding }>
}

/** Small answers gain nothing by compression. Bytes. */
const worthCompressing = 1_024

const compressors = {
  br: (bytes: Buffer) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  gzip: (bytes: Buffer) => promisify(gzip)(bytes, { level: 5 }),
}

/** By the contacts' own array: the same object comes back from the cache for as long as it is fresh. */
const kept = new WeakMap<Answer['contacts'], KeptBytes & { readonly name: string }>()

/** @param write serialises the answer; called once for answers with the same contacts, count and next page */
export function keptBytes(answer: Answer, write: () => string): KeptBytes {
  const name = `${answer.count} ${answer.next}`
  const known = kept.get(answer.contacts)
  if (known?.name === name) return known
  const bytes = Buffer.from(write())
  const compressed = new Map<Encoding, Promise<Buffer>>()
  const made = {
    name,
    // Weak: the same for every compression of the answer.
    etag: `W/"${createHash('sha1').update(bytes).digest('base64url')}"`,
    async as(wished: Encoding) {
      if (wished === 'identity' || bytes.length < worthCompressing) return { body: bytes, encoding: 'identity' as const }
      const known = compressed.get(wished) ?? compressors[wished](bytes)
      compressed.set(wished, known)
      return { body: await known, encoding: wished }
    },
  }
  kept.set(answer.contacts, made)
  return made
}

/** Whether the caller has this answer already. @see https://www.rfc-editor.org/rfc/rfc9110#field.if-none-match */
export function isKnownToCaller(ifNoneMatch: string | undefined, etag: string): boolean {
  const weak = (tag: string) => tag.trim().replace(/^W\//, '')
  return ifNoneMatch?.split(',').some((tag) => weak(tag) === weak(etag)) ?? false
}

/** What of the compressions at hand the caller takes. @see https://www.rfc-editor.org/rfc/rfc9110#field.accept-encoding */
export function readAcceptEncoding(header: string | undefined): Encoding {
  if (!header) return 'identity'
  const accepted = new Map(
    header
      .toLowerCase()
      .split(',')
      .map((part) => {
        const [name = '', ...params] = part.split(';').map((text) => text.trim())
        const quality = params.find((param) => param.startsWith('q='))
        return [name, quality === undefined ? 1 : Number(quality.slice(2))] as const
      }),
  )
  const takes = (encoding: string) => (accepted.get(encoding) ?? accepted.get('*') ?? 0) > 0
  return takes('br') ? 'br' : takes('gzip') ? 'gzip' : 'identity'
}
