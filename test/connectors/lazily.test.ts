import { expect, it, vi } from 'vitest'
import { lazily } from '../../src/connectors/lazily.ts'

it('makes it once, when it is first asked for', () => {
  const make = vi.fn(() => ({}))
  const get = lazily(make)
  expect(make).not.toHaveBeenCalled()
  expect(get()).toBe(get())
  expect(make).toHaveBeenCalledOnce()
})

it('remembers that there is nothing', () => {
  const make = vi.fn(() => undefined)
  const get = lazily(make)
  expect([get(), get()]).toEqual([undefined, undefined])
  expect(make).toHaveBeenCalledOnce()
})

it('makes a promise once, and another when it was broken: for whoever asks after that', async () => {
  const make = vi.fn<() => Promise<string>>().mockRejectedValueOnce(new Error('no')).mockResolvedValue('made')
  const get = lazily(make)
  const [first, second] = [get(), get()]
  await expect(first).rejects.toThrow('no')
  await expect(second).rejects.toThrow('no')
  expect(await get()).toBe('made')
  expect(await get()).toBe('made')
  expect(make).toHaveBeenCalledTimes(2)
})
