/** A flood of events costs the database one statement a second, and none of them is lost. */
import { describe, expect, it, vi } from 'vitest'
import { createChanges } from '../../src/events/changes.ts'
import { type Deferred, defer } from '../support/promises.ts'

function changing(write = async () => [{ inboxId: 'inbox', epoch: 'epoch' }]) {
  const noteChange = vi.fn(write)
  const forget = vi.fn()
  const renew = vi.fn()
  const rests: Deferred<void>[] = []
  const rest = () => {
    const one = defer<void>()
    rests.push(one)
    return one.promise
  }
  return { noteChange, forget, renew, rests, changes: createChanges({ noteChange }, { renew }, { forget }, rest) }
}

describe('changes', () => {
  it('are noted at once, and forgotten here', async () => {
    const { changes, noteChange, forget, renew } = changing()
    await changes.note('hubspot', '7')
    expect(noteChange).toHaveBeenCalledExactlyOnceWith('hubspot', '7')
    expect(forget).toHaveBeenCalledExactlyOnceWith('epoch answer')
    expect(renew).toHaveBeenCalledExactlyOnceWith(['inbox'])
  })

  it('that come in a flood are noted once more after a pause, and each waits for it', async () => {
    const { changes, noteChange, rests } = changing()
    await changes.note('hubspot', '7')
    const settled = vi.fn()
    const flood = Array.from({ length: 500 }, () => changes.note('hubspot', '7').then(settled))
    await vi.waitFor(() => expect(rests).toHaveLength(1))
    expect([noteChange.mock.calls.length, settled.mock.calls.length]).toEqual([1, 0])
    rests[0]?.resolve()
    await Promise.all(flood)
    expect(noteChange).toHaveBeenCalledTimes(2)
    rests[1]?.resolve()
  })

  it('of one account don’t wait for those of another', async () => {
    const { changes, noteChange } = changing()
    await Promise.all([changes.note('hubspot', '7'), changes.note('hubspot', '8'), changes.note('other', '7')])
    expect(noteChange).toHaveBeenCalledTimes(3)
  })

  it('that can’t be noted are told so, and the next is tried', async () => {
    const { changes, noteChange, forget, rests } = changing()
    noteChange.mockRejectedValueOnce(new Error('away'))
    await expect(changes.note('hubspot', '7')).rejects.toThrow('away')
    expect(forget).not.toHaveBeenCalled()
    const next = changes.note('hubspot', '7')
    await vi.waitFor(() => expect(rests).toHaveLength(1))
    rests[0]?.resolve()
    await next
    expect(forget).toHaveBeenCalledOnce()
  })
})
