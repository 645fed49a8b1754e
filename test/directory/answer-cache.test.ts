import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DeadlineExceeded } from '../../src/connections/upstream.ts'
import { type AnswerCache, type AskOptions, createAnswerCache } from '../../src/directory/answer-cache.ts'
import { createStore } from '../../src/directory/store.ts'
import { BridgeError, type ErrorCode, errorCodes } from '../../src/errors.ts'
import { type Clock, stopClock } from '../support/clock.ts'
import { type Deferred, defer, errorOf, nobody, stateOf } from '../support/promises.ts'

type Answer = { readonly text: string }
const hour = 3_600_000

let clock: Clock
let cache: AnswerCache
beforeEach(() => {
  clock = stopClock()
  cache = createAnswerCache(createStore(10_000))
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const options = (changes: Partial<AskOptions<Answer>> = {}): AskOptions<Answer> => ({
  freshFor: () => 10_000,
  signal: nobody(),
  size: () => 100,
  standsIn: () => true,
  deadline: 60_000,
  ...changes,
})
const says = (text: string) => vi.fn(async () => ({ text }))
const fails = (code: ErrorCode) => vi.fn(() => Promise.reject(new BridgeError(code, code)))

describe('an answer', () => {
  it('is given again as long as it is fresh, with its age, and then asked for anew', async () => {
    const first = says('first')
    expect(await cache.ask('q', options(), first)).toEqual({ value: { text: 'first' }, age: 0, source: 'crm', problem: null })
    await clock.pass(9_999)
    const second = says('second')
    expect(await cache.ask('q', options(), second)).toEqual({
      value: { text: 'first' },
      age: 9,
      source: 'remembered',
      problem: null,
    })
    expect(second).not.toHaveBeenCalled()
    await clock.pass(1)
    expect(await cache.ask('q', options(), second)).toEqual({ value: { text: 'second' }, age: 0, source: 'crm', problem: null })
    expect([first.mock.calls.length, second.mock.calls.length]).toEqual([1, 1])
  })

  it('to one question is none to another', async () => {
    await cache.ask('q', options(), says('first'))
    expect(await cache.ask('r', options(), says('second'))).toMatchObject({ value: { text: 'second' } })
  })

  it('says itself how long it is fresh; one that isn’t at all is not kept', async () => {
    const freshFor = ({ text }: Answer) => (text === 'partial' ? 1_000 : 0)
    await cache.ask('q', options({ freshFor }), says('partial'))
    await clock.pass(999)
    expect(await cache.ask('q', options({ freshFor }), says('new'))).toMatchObject({ value: { text: 'partial' } })
    await clock.pass(1)
    expect(await cache.ask('q', options({ freshFor }), says('not to be kept'))).toMatchObject({
      value: { text: 'not to be kept' },
    })
    expect(await cache.ask('q', options(), says('newer'))).toMatchObject({ value: { text: 'newer' } })
    await cache.ask('r', options({ freshFor }), says('not to be kept'))
    expect(await errorOf(cache.ask('r', options(), fails('crm_timeout')))).toMatchObject({ code: 'crm_timeout' })
  })

  it('that could not be had is not remembered', async () => {
    expect(await errorOf(cache.ask('q', options(), fails('crm_unavailable')))).toMatchObject({ code: 'crm_unavailable' })
    expect(await cache.ask('q', options(), says('now'))).toMatchObject({ value: { text: 'now' }, problem: null })
  })
})

describe('when the CRM fails', () => {
  const crmFailures = (Object.keys(errorCodes) as ErrorCode[]).filter((code) => code.startsWith('crm_'))
  const others = (Object.keys(errorCodes) as ErrorCode[]).filter((code) => !code.startsWith('crm_'))
  beforeEach(async () => {
    await cache.ask('q', options(), says('old'))
    await clock.pass(60_000)
  })

  it.each(crmFailures)('with %s, the old answer stands in, and says so', async (code) => {
    expect(await cache.ask('q', options(), fails(code))).toEqual({
      value: { text: 'old' },
      age: 60,
      source: 'old',
      problem: code,
    })
  })

  it.each(others)('but with %s it doesn’t: that isn’t the CRM’s failure', async (code) => {
    expect(await errorOf(cache.ask('q', options(), fails(code)))).toMatchObject({ code })
  })

  it('a bug of the bridge isn’t hidden behind an old answer', async () => {
    const bug = new TypeError('a bug')
    expect(await errorOf(cache.ask('q', options(), () => Promise.reject(bug)))).toBe(bug)
  })

  it('it is asked again every time, and its next answer counts', async () => {
    const failing = fails('crm_timeout')
    await cache.ask('q', options(), failing)
    await cache.ask('q', options(), failing)
    expect(failing).toHaveBeenCalledTimes(2)
    expect(await cache.ask('q', options(), says('well again'))).toEqual({
      value: { text: 'well again' },
      age: 0,
      source: 'crm',
      problem: null,
    })
  })

  it('an answer of four hours ago is too old to stand in', async () => {
    await clock.pass(4 * hour - 61_000)
    expect(await cache.ask('q', options(), fails('crm_timeout'))).toMatchObject({ age: 4 * 3600 - 1 })
    await clock.pass(2_000)
    expect(await errorOf(cache.ask('q', options(), fails('crm_timeout')))).toMatchObject({ code: 'crm_timeout' })
  })
})

describe('an answer that may not stand in', () => {
  const standsIn = ({ text }: Answer) => text !== 'nobody'

  it('is given again as long as it is fresh, and not when the CRM fails after that', async () => {
    await cache.ask('q', options({ standsIn }), says('nobody'))
    expect(await cache.ask('q', options({ standsIn }), fails('crm_timeout'))).toMatchObject({ value: { text: 'nobody' } })
    await clock.pass(10_100)
    expect(await errorOf(cache.ask('q', options({ standsIn }), fails('crm_timeout')))).toMatchObject({ code: 'crm_timeout' })
  })

  it('takes the place of one that might have', async () => {
    await cache.ask('q', options({ standsIn }), says('somebody'))
    await clock.pass(10_100)
    await cache.ask('q', options({ standsIn }), says('nobody'))
    await clock.pass(10_100)
    expect(await errorOf(cache.ask('q', options({ standsIn }), fails('crm_timeout')))).toMatchObject({ code: 'crm_timeout' })
  })
})

describe('where an old answer could stand in, a CRM that takes its time', () => {
  let upstream: Deferred<Answer>
  beforeEach(async () => {
    upstream = defer()
    await cache.ask('q', options(), says('old'))
    await clock.pass(60_000)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  })

  it('is waited for no longer than three seconds, and its answer counts when it comes', async () => {
    const asked = cache.ask('q', options(), () => upstream.promise)
    vi.advanceTimersByTime(2_999)
    expect(await stateOf(asked)).toBe('pending')
    vi.advanceTimersByTime(1)
    expect(await asked).toEqual({ value: { text: 'old' }, age: 60, source: 'old', problem: 'crm_timeout' })
    upstream.resolve({ text: 'late' })
    await stateOf(upstream.promise)
    expect(await cache.ask('q', options(), says('never asked'))).toMatchObject({ value: { text: 'late' }, source: 'remembered' })
  })

  it('that answers sooner isn’t overtaken, and nothing is left to run', async () => {
    const asked = cache.ask('q', options(), () => upstream.promise)
    vi.advanceTimersByTime(2_000)
    upstream.resolve({ text: 'new' })
    expect(await asked).toMatchObject({ value: { text: 'new' }, source: 'crm', problem: null })
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('equal questions at the same time', () => {
  let upstream: Deferred<Answer>
  let signals: AbortSignal[]
  let work: (signal: AbortSignal) => Promise<Answer>
  beforeEach(() => {
    upstream = defer()
    signals = []
    work = (signal) => {
      signals.push(signal)
      return upstream.promise
    }
  })
  const leaving = () => {
    const controller = new AbortController()
    return { leave: () => controller.abort(new Error('hung up')), options: options({ signal: controller.signal }) }
  }

  it('are one to the CRM', async () => {
    const asked = Array.from({ length: 20 }, () => cache.ask('q', options(), work))
    upstream.resolve({ text: 'the answer' })
    for (const [nth, answer] of (await Promise.all(asked)).entries()) {
      const source = nth === 0 ? 'crm' : 'shared'
      expect(answer).toEqual({ value: { text: 'the answer' }, age: 0, source, problem: null })
    }
    expect(signals).toHaveLength(1)
  })

  it('fail together, once', async () => {
    const asked = [cache.ask('q', options(), work), cache.ask('q', options(), work)].map(errorOf)
    upstream.reject(new BridgeError('crm_forbidden', 'x'))
    for (const error of await Promise.all(asked)) expect(error).toMatchObject({ code: 'crm_forbidden' })
    expect(signals).toHaveLength(1)
  })

  it('go on while one asker is left, and he gets his answer', async () => {
    const [gone, alsoGone, left] = [leaving(), leaving(), leaving()]
    const asked = [gone, alsoGone, left].map((asker) => cache.ask('q', asker.options, work))
    gone.leave()
    alsoGone.leave()
    expect(signals[0]?.aborted).toBe(false)
    expect(await stateOf(asked[2] as Promise<unknown>)).toBe('pending')
    upstream.resolve({ text: 'the answer' })
    expect(await asked[2]).toMatchObject({ value: { text: 'the answer' } })
  })

  it('are taken back when every asker has left', async () => {
    const [one, other] = [leaving(), leaving()]
    for (const asker of [one, other]) cache.ask('q', asker.options, work).catch(() => {})
    one.leave()
    other.leave()
    expect(signals[0]?.aborted).toBe(true)
    expect(signals[0]?.reason).toMatchObject({ message: 'hung up' })
  })

  it('of whoever comes after everybody left are asked anew', async () => {
    const gone = leaving()
    const first = errorOf(cache.ask('q', gone.options, work))
    gone.leave()
    const next = cache.ask('q', options(), says('for the next'))
    upstream.reject(new BridgeError('crm_timeout', 'withdrawn'))
    expect(await first).toMatchObject({ code: 'crm_timeout' })
    expect(await next).toMatchObject({ value: { text: 'for the next' } })
  })

  it('whose only asker has left before he asked aren’t worth the work', async () => {
    const gone = leaving()
    gone.leave()
    cache.ask('q', gone.options, work).catch(() => {})
    expect(signals.every(({ aborted }) => aborted)).toBe(true)
  })

  it('of an asker who leaves after the answer disturb nobody', async () => {
    const gone = leaving()
    const asked = cache.ask('q', gone.options, work)
    upstream.resolve({ text: 'the answer' })
    await asked
    gone.leave()
    expect(signals[0]?.aborted).toBe(false)
    expect(await cache.ask('q', options(), says('never asked'))).toMatchObject({ value: { text: 'the answer' } })
  })
})

describe('the time that a question may take', () => {
  let signals: AbortSignal[]
  const work = (signal: AbortSignal) => {
    signals.push(signal)
    return new Promise<Answer>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new BridgeError('crm_timeout', 'x')))
    })
  }
  beforeEach(() => {
    signals = []
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  })
  const ask = () => cache.ask('q', options({ deadline: 8_000 }), work)

  it('ends for all who wait for it, however late they came', async () => {
    const first = ask()
    vi.advanceTimersByTime(7_000)
    const second = ask()
    const both = Promise.all([first, second].map(errorOf))
    vi.advanceTimersByTime(999)
    expect(await stateOf(both)).toBe('pending')
    vi.advanceTimersByTime(1)
    expect(await both).toMatchObject([{ code: 'crm_timeout' }, { code: 'crm_timeout' }])
    expect(signals.map(({ reason }) => reason)).toEqual([expect.any(DeadlineExceeded)])
  })

  it('begins anew for whoever asks again', async () => {
    const first = errorOf(ask())
    vi.advanceTimersByTime(8_000)
    await first
    const second = ask()
    vi.advanceTimersByTime(7_999)
    expect(await stateOf(second)).toBe('pending')
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
  })

  it('is over with the answer: nothing is left to run', async () => {
    await cache.ask('q', options(), says('the answer'))
    await errorOf(cache.ask('r', options(), fails('crm_timeout')))
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('the memory', () => {
  it('keeps no more bytes than it may: what wasn’t asked for longest goes first', async () => {
    const kept = async (name: string) => {
      const again = says('again')
      await cache.ask(name, options({ freshFor: () => 0 }), again)
      return again.mock.calls.length === 0
    }
    for (const name of ['a', 'b', 'c', 'd']) await cache.ask(name, options({ size: () => 2_500 }), says(name))
    expect([await kept('a'), await kept('b'), await kept('c'), await kept('d')]).toEqual([false, true, true, true])
  })

  it('takes no answer that is larger than all of it, and gives it all the same', async () => {
    expect(await cache.ask('huge', options({ size: () => 10_001 }), says('huge'))).toMatchObject({ value: { text: 'huge' } })
    const again = says('again')
    await cache.ask('huge', options(), again)
    expect(again).toHaveBeenCalledTimes(1)
  })
})
