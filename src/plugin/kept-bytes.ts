/** An answer's bytes in the forms that callers ask for: each made once, for as long as the answer stays in the cache. */
import { hash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { ownBytes } from '../directory/written-page.ts'

export type Encoding = 'br' | 'gzip'

export interface KeptBytes {
  readonly etag: string
  /** Whether they would gain nothing by compression. */
  readonly isSmall: boolean
  as(encoding: Encoding): Promise<Buffer>
}

/** Bytes. */
const worthCompressing = 1_024

const compressors = {
  br: async (bytes: Buffer) =>
    ownBytes(await promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } })),
  gzip: async (bytes: Buffer) => ownBytes(await promisify(gzip)(bytes, { level: 5 })),
}

const kept = new WeakMap<Buffer, KeptBytes>()

/** The forms of an answer's bytes, remembered for as long as the bytes are. */
export function keptBytes(bytes: Buffer): KeptBytes {
  const known = kept.get(bytes)
  if (known !== undefined) return known
  const compressed = new Map<Encoding, Promise<Buffer>>()
  const made = {
    // Weak: the same for every compression of the answer.
    etag: `W/"${hash('sha1', bytes, 'base64url')}"`,
    isSmall: bytes.length < worthCompressing,
    as(encoding: Encoding) {
      const known = compressed.get(encoding) ?? compressors[encoding](bytes)
      compressed.set(encoding, known)
      return known
    },
  }
  kept.set(bytes, made)
  return made
}

/** Whether the caller has this answer already. @see https://www.rfc-editor.org/rfc/rfc9110#field.if-none-match */
export function isKnownToCaller(ifNoneMatch: string | undefined, etag: string): boolean {
  const weak = (tag: string) => tag.trim().replace(/^W\//, '')
  return ifNoneMatch?.split(',').some((tag) => weak(tag) === weak(etag)) ?? false
}

/** What of the compressions at hand the caller takes. @see https://www.rfc-editor.org/rfc/rfc9110#field.accept-encoding */
export function readAcceptEncoding(header: string | undefined): Encoding | 'identity' {
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
