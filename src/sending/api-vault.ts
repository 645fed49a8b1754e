/** The access to an inbox's own API in and out of its sealed form. */
import { type Keys, Unsealable } from '../keys.ts'

export type ApiAccess = { readonly url: string; readonly token: string }

export interface ApiVault {
  seal(inboxId: string, access: ApiAccess): Buffer<ArrayBuffer>
  /** Null when it was moved from another inbox or altered, or its key is gone. */
  open(inboxId: string, sealedApi: Uint8Array): ApiAccess | null
  /** The same access under the first key; null when it is that already, or can't be opened. */
  reseal(inboxId: string, sealedApi: Uint8Array): Buffer<ArrayBuffer> | null
}

export function createApiVault(keys: Keys): ApiVault {
  const context = (inboxId: string) => `inbox api ${inboxId}`
  const seal: ApiVault['seal'] = (inboxId, { url, token }) =>
    Buffer.from(keys.seal(JSON.stringify({ url, token }), context(inboxId)))
  const open: ApiVault['open'] = (inboxId, sealedApi) => {
    try {
      return JSON.parse(keys.open(sealedApi, context(inboxId)))
    } catch (error) {
      if (error instanceof Unsealable) return null
      throw error
    }
  }
  return {
    seal,
    open,
    reseal(inboxId, sealedApi) {
      if (keys.sealedBy(sealedApi).id === keys.current) return null
      const access = open(inboxId, sealedApi)
      return access === null ? null : seal(inboxId, access)
    },
  }
}
