/** Changing encryption keys while connections are in use. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { findLostGrants, rotateKeys } from '../../src/connections/key-rotation.ts'
import { createRevocations } from '../../src/connections/revocations.ts'
import { createTokenVault } from '../../src/connections/token-vault.ts'
import { newKey, readKeys } from '../../src/keys.ts'
import { fakeCrm, fakeGrant, silent } from '../support/fake-crm.ts'
import { startFakeTokenEndpoint } from '../support/fake-token-endpoint.ts'
import { fakeParking, openStores, type Stores } from '../support/stores.ts'

const [old, next, other] = [newKey('old'), newKey('next'), newKey('other')]
const tokens = { accessToken: 'an access token', refreshToken: 'a refresh token' }

let stores: Stores
beforeAll(async () => {
  stores = await openStores()
})
afterEach(() => stores.clear())
afterAll(() => stores.close())

const sealedBy = (key: string, inboxId: string) => createTokenVault(readKeys(key)).seal(inboxId, 'fake', tokens)

async function connected(name: string, key: string) {
  const { inbox } = await stores.inboxes.create({ name, crm: null, region: null })
  return stores.connections.connect(inbox.id, fakeGrant(inbox.id, sealedBy(key, inbox.id)))
}

/** With the new key first and the old one kept. */
const keys = readKeys(`${next},${old}`)
const vault = createTokenVault(keys)
const rotate = (store = stores.connections) => rotateKeys(store, stores.parked, vault, keys)

describe('rotating keys', () => {
  it('seals by the first key what an older one has sealed, and names what no key opens', async () => {
    const moved = await connected('Moved', old)
    await connected('New', next)
    await connected('Lost', other)

    expect(await findLostGrants(stores.connections, keys)).toEqual(new Map([['other', ['Lost']]]))
    expect(await rotate()).toEqual({ resealed: 1, unchanged: 1, lost: ['Lost'] })
    expect(await rotate()).toEqual({ resealed: 0, unchanged: 2, lost: ['Lost'] })

    const row = await stores.stored(moved)
    expect(row.version).toBe(moved.version)
    expect(createTokenVault(readKeys(next)).open(row)).toEqual(tokens)
  })

  it('doesn’t undo a refresh that comes between', async () => {
    const { inboxId } = await connected('Refreshing', old)
    const newer = { accessToken: 'newer', refreshToken: 'newest' }
    const store = stores.connections
    let raced = false
    await rotate({
      ...store,
      async reseal(...args) {
        if (!raced) await store.storeTokens(args[0], fakeGrant(inboxId, vault.seal(inboxId, 'fake', newer)))
        raced = true
        return store.reseal(...args)
      },
    })
    expect(raced).toBe(true)
    expect(vault.open(await stores.stored({ inboxId }))).toEqual(newer)
  })

  it('seals anew what is only to be revoked, so that it can be when the old key is gone; its time stays', async () => {
    const { inboxId } = await connected('Leaving', old)
    await stores.connections.disconnect(inboxId)
    const [before] = await stores.parked.all()
    expect(await rotate()).toEqual({ resealed: 0, unchanged: 0, lost: [] })
    const [after] = await stores.parked.all()
    expect(after).toMatchObject({ ...before, sealedTokens: expect.anything() })

    const endpoint = await startFakeTokenEndpoint()
    const { connector } = fakeCrm([], endpoint.oauth)
    const { connections: grants, parked } = stores
    const onlyNew = createTokenVault(readKeys(next))
    await createRevocations({ connectors: [connector], parked, grants, vault: onlyNew, log: silent }).run()
    await endpoint.close()
    expect(endpoint.revoked()).toEqual([tokens.refreshToken])
  })

  it('isn’t kept from the rest by a parked grant whose key is gone', async () => {
    const { inboxId } = await connected('Moved', old)
    await stores.parked.add(fakeParking(inboxId, '', sealedBy(other, inboxId)))
    await stores.parked.add(fakeParking(inboxId, '', sealedBy(old, inboxId)))
    expect(await rotate()).toEqual({ resealed: 1, unchanged: 0, lost: [] })
    const ids = (await stores.parked.all()).map(({ sealedTokens }) => keys.sealedBy(sealedTokens).id)
    expect(ids.toSorted()).toEqual(['next', 'other'])
  })
})
