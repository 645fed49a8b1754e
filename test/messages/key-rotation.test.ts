/** Changing encryption keys while messages wait. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newKey, readKeys } from '../../src/keys.ts'
import { resealMessages } from '../../src/messages/key-rotation.ts'
import { createMessageVault } from '../../src/messages/message-vault.ts'
import { account, gathering, newMessage, openQueue, type Queue } from '../support/messages.ts'

let queue: Queue
beforeAll(async () => {
  queue = await openQueue()
})
afterAll(() => queue.close())

it('seals what waits by the first key, leaves what no key opens, and doesn’t bring back what was logged meanwhile', async () => {
  const [old, next, other] = [newKey('old'), newKey('next'), newKey('other')]
  const vaultOf = (keys: string) => createMessageVault(readKeys(keys))
  const inbox = await queue.inbox()
  const messages = [old, next, other, old].map((key, nth) =>
    newMessage(vaultOf(key), inbox, { id: `${nth}`, from: '14155552671' }),
  )
  await queue.store.add(inbox, account, messages, gathering)
  const vault = vaultOf(`${next},${old}`)
  await resealMessages(
    {
      ...queue.store,
      async reseal(id, sealedBody) {
        if (id === '4') await queue.prisma.message.update({ where: { id: 4n }, data: { sealedBody: null, state: 'logged' } })
        await queue.store.reseal(id, sealedBody)
      },
    },
    vault,
  )
  const rows = await queue.prisma.message.findMany({ orderBy: { id: 'asc' } })
  const onlyNext = vaultOf(next)
  const texts = rows.map(({ sealedBody, ...row }) => sealedBody && onlyNext.open({ ...row, sealedBody })?.text)
  expect(texts).toEqual(['text of 0', 'text of 1', undefined, null])
})

it('reaches every message of many', async () => {
  const [old, next] = [newKey('old'), newKey('next')]
  const inbox = await queue.inbox()
  const vault = createMessageVault(readKeys(old))
  const ids = Array.from({ length: 1_100 }, (_, nth) => `many ${nth}`)
  await queue.store.add(
    inbox,
    account,
    ids.map((id) => newMessage(vault, inbox, { id, from: '14155552671' })),
    gathering,
  )
  await resealMessages(queue.store, createMessageVault(readKeys(`${next},${old}`)))
  const rows = await queue.prisma.message.findMany({ where: { inboxId: inbox } })
  const keys = readKeys(next)
  expect(rows.filter(({ sealedBody }) => sealedBody && keys.sealedBy(sealedBody).isKnown)).toHaveLength(ids.length)
})
