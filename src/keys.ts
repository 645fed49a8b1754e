/** The operator's encryption keys, and what is derived from them: sealing what is stored, signing what is handed out. */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'

/** A value can't be opened: altered, moved from elsewhere, or sealed by a key that isn't there any more. */
export class Unsealable extends Error {
  constructor(reason: string) {
    super(`Sealed value can't be opened: ${reason}`)
    this.name = 'Unsealable'
  }
}

export interface Keys {
  /** Encrypts with the first key. `context` says where the value belongs; it opens nowhere else. */
  seal(plaintext: string, context: string): Buffer
  /** The id of the key that seals. */
  readonly current: string
  /** The id of the key that a value is sealed by, and whether it is among these. */
  sealedBy(sealed: Uint8Array): { readonly id: string; readonly isKnown: boolean }
  /** @throws {Unsealable} */
  open(sealed: Uint8Array, context: string): string
  /** A short, URL-safe text that carries `payload`, readable by anyone, alterable by none. `purpose` separates the uses. */
  sign(purpose: string, payload: string, context?: string): string
  /** The payload of a signed text; null when it is altered, or signed for another purpose or context. */
  verify(purpose: string, signed: string, context?: string): string | null
  /** Names that stand for a text, which nobody without the keys finds out: one by each key, the first key's first. */
  tags(purpose: string, text: string): readonly [string, ...string[]]
  /** A secret that stays the same as long as the first key does. */
  derive(purpose: string): Buffer
}

type Key = { readonly id: string; readonly secret: Buffer }

/**
 * Reads `id:base64(32 bytes)`, comma-separated. The first key seals and signs, all of them open and verify, so keys can be changed
 * while old values are around. @throws {TypeError} naming what is wrong, without the value
 */
export function readKeys(text: string): Keys {
  const keys = text.split(',').map(readKey)
  const [first, ...others] = keys
  if (first === undefined) throw new TypeError('there is no key')
  if (new Set(keys.map((key) => key.id)).size < keys.length) throw new TypeError('two keys have the same id')
  return {
    seal: (plaintext, context) => seal(first, plaintext, context),
    current: first.id,
    sealedBy(sealed) {
      const { id } = readHeader(Buffer.from(sealed))
      return { id, isKnown: keys.some((key) => key.id === id) }
    },
    open: (sealed, context) => open(keys, sealed, context),
    sign: (purpose, payload, context = '') => {
      const body = Buffer.from(payload)
      return Buffer.concat([mac(first, purpose, body, context), body]).toString('base64url')
    },
    verify: (purpose, signed, context = '') => {
      const bytes = Buffer.from(signed, 'base64url')
      // Base64url has several spellings of the same bytes: only the one that was given out counts.
      if (bytes.length < macLength || bytes.toString('base64url') !== signed) return null
      const body = bytes.subarray(macLength)
      return keys.some((key) => timingSafeEqual(mac(key, purpose, body, context), bytes.subarray(0, macLength)))
        ? body.toString()
        : null
    },
    tags(purpose, text) {
      const tag = (key: Key) => mac(key, purpose, Buffer.from(text), 'tag').toString('base64url')
      return [tag(first), ...others.map(tag)]
    },
    derive: (purpose) => derive(first, purpose),
  }
}

/** Signs a subject for so many seconds. `purpose` and `context` as in {@link Keys.sign}. */
export function signFor(keys: Keys, seconds: number, purpose: string, subject: string, context?: string): string {
  return keys.sign(purpose, `${Math.floor(Date.now() / 1000) + seconds} ${subject}`, context)
}

/** The subject of a signed text; null when the text is altered, for another purpose or context, or its time is over. */
export function readUnexpired(keys: Keys, purpose: string, signed: string, context?: string): string | null {
  const [expiresAt, subject] = keys.verify(purpose, signed, context)?.split(' ') ?? []
  return subject !== undefined && Number(expiresAt) > Date.now() / 1000 ? subject : null
}

/** A new key, as the setting wants it. */
export function newKey(id: string): string {
  return `${id}:${randomBytes(32).toString('base64')}`
}

function readKey(text: string): Key {
  const [, id, encoded] = /^([\w.-]{1,64}):([\w+/-]+=*)$/.exec(text.trim()) ?? []
  const secret = Buffer.from(encoded ?? '', 'base64')
  if (id === undefined || secret.length !== 32) throw new TypeError('a key is not of the form id:base64 of 32 bytes')
  return { id, secret }
}

// Sealed: version, length of key id, key id, 12 bytes of nonce, 16 of tag, ciphertext. AES-256-GCM, NIST SP 800-38D.
const version = 1
const nonceLength = 12
const tagLength = 16

function seal(key: Key, plaintext: string, context: string): Buffer {
  const header = Buffer.concat([Buffer.from([version, key.id.length]), Buffer.from(key.id)])
  const nonce = randomBytes(nonceLength)
  const cipher = createCipheriv('aes-256-gcm', derive(key, 'seal'), nonce)
  cipher.setAAD(Buffer.concat([header, Buffer.from(context)]))
  const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()])
  return Buffer.concat([header, nonce, cipher.getAuthTag(), ciphertext])
}

function readHeader(bytes: Buffer): { id: string; length: number } {
  const length = 2 + (bytes[1] ?? 0)
  return { id: bytes.subarray(2, length).toString(), length }
}

function open(keys: readonly Key[], sealed: Uint8Array, context: string): string {
  const bytes = Buffer.from(sealed)
  const { id, length: headerLength } = readHeader(bytes)
  if (bytes[0] !== version || bytes.length < headerLength + nonceLength + tagLength) throw new Unsealable('not a sealed value')
  const key = keys.find((candidate) => candidate.id === id)
  if (key === undefined) throw new Unsealable(`key ${id} is not among the encryption keys`)
  const nonce = bytes.subarray(headerLength, headerLength + nonceLength)
  const tag = bytes.subarray(headerLength + nonceLength, headerLength + nonceLength + tagLength)
  const decipher = createDecipheriv('aes-256-gcm', derive(key, 'seal'), nonce, { authTagLength: tagLength })
  decipher.setAAD(Buffer.concat([bytes.subarray(0, headerLength), Buffer.from(context)]))
  decipher.setAuthTag(tag)
  try {
    return decipher.update(bytes.subarray(headerLength + nonceLength + tagLength), undefined, 'utf8') + decipher.final('utf8')
  } catch {
    throw new Unsealable('altered, or sealed for another place')
  }
}

const macLength = 16

function mac(key: Key, purpose: string, body: Buffer, context: string): Buffer {
  const signed = Buffer.concat([Buffer.from(`${Buffer.byteLength(context)}:${context}`), body])
  return createHmac('sha256', signingKey(key, purpose)).update(signed).digest().subarray(0, macLength)
}

const signingKeys = new WeakMap<Key, Map<string, KeyObject>>()

/** As an object, for which Node has less to do at every signature. */
function signingKey(key: Key, purpose: string): KeyObject {
  const known = signingKeys.get(key) ?? new Map<string, KeyObject>()
  signingKeys.set(key, known)
  const made = known.get(purpose) ?? createSecretKey(derive(key, `sign ${purpose}`))
  known.set(purpose, made)
  return made
}

const derived = new WeakMap<Key, Map<string, Buffer>>()

/** One secret per use, so that a weakness of one use says nothing about another. @see https://www.rfc-editor.org/rfc/rfc5869 */
function derive(key: Key, purpose: string): Buffer {
  const known = derived.get(key) ?? new Map<string, Buffer>()
  derived.set(key, known)
  const secret = known.get(purpose) ?? Buffer.from(hkdfSync('sha256', key.secret, '', `crm-bridge ${purpose}`, 32))
  known.set(purpose, secret)
  return secret
}
