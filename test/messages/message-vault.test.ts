/** What is stored of a message opens only where it belongs, and tells nothing by its names. */
import { describe, expect, it } from 'vitest'
import { newKey, readKeys } from '../../src/keys.ts'
import { createMessageVault } from '../../src/messages/message-vault.ts'

const [old, next, other] = [newKey('old'), newKey('next'), newKey('other')]
const vault = createMessageVault(readKeys(`${next},${old}`))
const before = createMessageVault(readKeys(old))
const inboxId = '01900000-0000-7000-8000-000000000001'
const body = { from: '14155552671', name: 'Ana', text: 'Hello' }
const hash = vault.hash('wamid.A')
const sealed = (by = vault) => ({ inboxId, hash, sealedBody: by.seal(inboxId, hash, body) })

describe('a sealed message', () => {
  it('opens as what it was, also when an older key sealed it', () => {
    expect(vault.open(sealed())).toEqual(body)
    expect(vault.open(sealed(before))).toEqual(body)
  })

  it('holds nothing in clear, and is never the same twice', () => {
    const { sealedBody } = sealed()
    for (const text of Object.values(body)) expect(sealedBody.includes(text)).toBe(false)
    expect(sealed().sealedBody.equals(sealedBody)).toBe(false)
  })

  it('doesn’t open as another message, in another inbox, altered, or without its key', () => {
    const { sealedBody } = sealed()
    const altered = Buffer.from(sealedBody)
    altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1
    expect(vault.open({ inboxId, hash: vault.hash('wamid.B'), sealedBody })).toBeNull()
    expect(vault.open({ inboxId: inboxId.replace(/1$/, '2'), hash, sealedBody })).toBeNull()
    expect(vault.open({ inboxId, hash, sealedBody: altered })).toBeNull()
    expect(createMessageVault(readKeys(other)).open(sealed())).toBeNull()
  })

  it('is sealed anew by the first key where another one has', () => {
    const resealed = vault.reseal(sealed(before))
    expect(createMessageVault(readKeys(next)).open({ inboxId, hash, sealedBody: resealed as Buffer })).toEqual(body)
    expect(vault.reseal(sealed())).toBeNull()
    expect(vault.reseal(sealed(createMessageVault(readKeys(other))))).toBeNull()
  })
})

describe('the names of messages and customers', () => {
  it('are the same for the same, and others for others', () => {
    expect(before.hash('wamid.A')).toBe(hash)
    expect(vault.hash('wamid.B')).not.toBe(hash)
    const [name] = vault.customers(inboxId, '1')
    expect(vault.customers(inboxId, '1')).toContain(name)
    expect(vault.customers(inboxId, '2')).not.toContain(name)
    expect(vault.customers('another', '1')).not.toContain(name)
  })

  it('go by the first key, and know what earlier ones called a customer', () => {
    expect(vault.customers(inboxId, '1')).toHaveLength(2)
    expect(vault.customers(inboxId, '1')[1]).toBe(before.customers(inboxId, '1')[0])
  })
})
