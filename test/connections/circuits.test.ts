/** An account that is down isn't asked for a moment; then one call at a time finds out whether it is back. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Circuits, createCircuits, type Verdict } from '../../src/connections/circuits.ts'
import { createUpstream, DeadlineExceeded, type Spend, type Upstream } from '../../src/connections/upstream.ts'
import type { HttpRequest } from '../../src/connectors/connector.ts'
import { BridgeError } from '../../src/errors.ts'
import { defer, errorOf, nobody } from '../support/promises.ts'
import { type Answer, addressOfNobody, answerWith, half, reset, type StandIn, startStandIn } from '../support/stand-in.ts'

const refused = { code: 'crm_unavailable', status: 503, retryAfter: 2 }

describe('the circuit of an account', () => {
  const start = Date.parse('2027-01-01T12:00:00Z')
  let now: number
  let circuits: Circuits
  beforeEach(() => {
    now = start
    vi.useFakeTimers({ toFake: ['Date'], now })
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    circuits = createCircuits()
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  const pass = (milliseconds: number) => {
    now += milliseconds
    vi.setSystemTime(now)
  }
  const call = vi.fn(async () => ({}))
  /** A call that shows this; whether it went out. */
  async function shows(verdict: Verdict, account = 'fake 1'): Promise<boolean> {
    call.mockClear()
    const error = await circuits
      .through({ account, label: 'Fake CRM' }, call, () => verdict, true)
      .then(
        () => null,
        (failed) => failed,
      )
    if (call.mock.calls.length > 0) return true
    expect(error).toMatchObject({ ...refused, message: expect.stringContaining('Fake CRM') })
    return false
  }
  async function fail(times: number, account?: string) {
    for (let nth = 0; nth < times; nth += 1) expect(await shows('down', account)).toBe(true)
  }
  /** A call that is under way until it is told what it shows. */
  function begin(account = 'fake 1') {
    const verdict = defer<Verdict>()
    const done = circuits.through(
      { account, label: 'Fake CRM' },
      async () => ({ verdict: await verdict.promise }),
      (outcome) => outcome.verdict,
      true,
    )
    done.catch(() => {})
    const end = (shown: Verdict) => {
      verdict.resolve(shown)
      return done.catch(() => {})
    }
    return { done, end, fail: verdict.reject }
  }
  /** How long no call goes out from now on. */
  async function pauseUntilTried(verdict: Verdict): Promise<number> {
    for (let waited = 0; waited <= 20_000; waited += 50) {
      if (await shows(verdict)) return waited
      pass(50)
    }
    throw new Error('it is never tried again')
  }

  it('tells when it opens and when it closes, once each, whatever trials fail meanwhile', async () => {
    const told: boolean[] = []
    const onCircuit = (isOpen: boolean) => void told.push(isOpen)
    const one = (verdict: Verdict) =>
      circuits.through({ account: 'told', label: 'Fake CRM', onCircuit }, call, () => verdict, true).catch(() => {})
    for (let nth = 0; nth < 4; nth += 1) await one('down')
    expect(told).toEqual([])
    await one('down')
    expect(told).toEqual([true])
    for (let trial = 0; trial < 3; trial += 1) {
      pass(20_000)
      await one('down')
    }
    expect(told).toEqual([true])
    pass(20_000)
    await one('up')
    expect(told).toEqual([true, false])
  })

  it('opens after five failures in a row, and then no call goes out', async () => {
    await fail(5)
    expect(await shows('up')).toBe(false)
  })

  it('counts anew after a success', async () => {
    await fail(4)
    await shows('up')
    await fail(4)
    expect(await shows('up')).toBe(true)
  })

  it('doesn’t count who left too early, neither as failure nor as success', async () => {
    await fail(4)
    for (let nth = 0; nth < 10; nth += 1) expect(await shows('unknown')).toBe(true)
    await fail(1)
    expect(await shows('up')).toBe(false)
  })

  it('doesn’t count calls that were never made, and gives on why', async () => {
    const refusal = new BridgeError('crm_rate_limited', 'x')
    await fail(4)
    for (let nth = 0; nth < 10; nth += 1)
      expect(
        await errorOf(
          circuits.through(
            { account: 'fake 1', label: 'Fake CRM' },
            () => Promise.reject(refusal),
            () => 'up',
            true,
          ),
        ),
      ).toBe(refusal)
    await fail(1)
    expect(await shows('up')).toBe(false)
  })

  it('is no other account’s', async () => {
    await fail(5, 'fake 1')
    expect(await shows('up', 'fake 2')).toBe(true)
    expect(await shows('up', 'fake 1')).toBe(false)
  })

  it('counts failures of many calls at once, too', async () => {
    const calls = Array.from({ length: 5 }, () => begin())
    for (const { end } of calls) await end('down')
    expect(await shows('up')).toBe(false)
  })

  it.each([0.001, 0.25, 0.5, 0.75, 0.999])('stays open for about a second, whatever chance (%d) says', async (chance) => {
    vi.mocked(Math.random).mockReturnValue(chance)
    await fail(5)
    const pause = await pauseUntilTried('up')
    expect(pause).toBeGreaterThanOrEqual(500)
    expect(pause).toBeLessThanOrEqual(2_000)
  })

  it('stays open longer the more often it was tried in vain, ten seconds at most', async () => {
    await fail(5)
    const pauses: number[] = []
    for (let trial = 0; trial < 9; trial += 1) pauses.push(await pauseUntilTried('down'))
    expect(pauses).toEqual(pauses.toSorted((one, other) => one - other))
    expect(pauses.at(-1)).toBeGreaterThan(5_000)
    expect(pauses.at(-1)).toBeLessThanOrEqual(10_050)
  })

  it('begins with a second again after it was closed', async () => {
    await fail(5)
    for (let trial = 0; trial < 6; trial += 1) await pauseUntilTried('down')
    await pauseUntilTried('up')
    await fail(5)
    expect(await pauseUntilTried('up')).toBeLessThanOrEqual(2_000)
  })

  describe('that is due to be tried', () => {
    beforeEach(async () => {
      await fail(5)
      pass(2_000)
    })

    it('lets one call through at a time; others are refused meanwhile, at once', async () => {
      const trial = begin()
      for (let nth = 0; nth < 3; nth += 1) expect(await shows('up')).toBe(false)
      await trial.end('up')
      expect(await shows('up')).toBe(true)
    })

    it('closes when that succeeds: five failures are needed again', async () => {
      expect(await shows('up')).toBe(true)
      await fail(4)
      expect(await shows('up')).toBe(true)
    })

    it('stays open when that fails', async () => {
      expect(await shows('down')).toBe(true)
      expect(await shows('up')).toBe(false)
    })

    it('stays open when nobody waited for that', async () => {
      expect(await shows('unknown')).toBe(true)
      expect(await shows('up')).toBe(false)
    })

    it('learns nothing from a call that was never made: still one at a time', async () => {
      const trial = begin()
      trial.fail(new BridgeError('crm_rate_limited', 'x'))
      expect(await errorOf(trial.done)).toMatchObject({ code: 'crm_rate_limited' })
      pass(10_000)
      const next = begin()
      expect(await shows('up')).toBe(false)
      await next.end('up')
      expect(await shows('up')).toBe(true)
    })
  })

  it.each(['down', 'unknown', 'up'] as const)('learns nothing about the trial from a call before it: %s', async (late) => {
    const before = begin()
    await fail(5)
    pass(2_000)
    const trial = begin()
    await before.end(late)
    expect(await shows('up')).toBe(false)
    await trial.end('up')
    expect(await shows('up')).toBe(true)
  })
})

describe('what counts as a failure of the account', () => {
  let upstream: Upstream
  const servers: StandIn[] = []
  beforeAll(() => {
    upstream = createUpstream()
  })
  beforeEach(() => {
    // What is open isn't due to be tried.
    vi.useFakeTimers({ toFake: ['Date'] })
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })
  afterAll(async () => {
    await upstream.close()
    await Promise.all(servers.map((server) => server.close()))
  })

  async function start(answer: Answer): Promise<StandIn> {
    const server = await startStandIn(answer)
    servers.push(server)
    return server
  }
  type Asked = Partial<HttpRequest> & { signal?: AbortSignal; spend?: Spend; account?: string }
  const ask = (
    server: { url: string },
    { signal = nobody(), spend = async () => {}, account = server.url, ...call }: Asked = {},
  ) => upstream.client({ signal, spend, account, label: 'Fake CRM' })({ method: 'GET', url: server.url, kind: 'api', ...call })

  /** Asks with the circuit's patience: until it refuses, or so many times. */
  async function askAgainAndAgain(
    server: { url: string },
    asked: () => Asked = () => ({}),
    times = 12,
  ): Promise<'refuses' | 'goes on'> {
    for (let nth = 0; nth < times; nth += 1) {
      const outcome = await ask(server, asked()).catch((error) => error)
      if (outcome.retryAfter === 2 && outcome.code === 'crm_unavailable') return 'refuses'
    }
    return 'goes on'
  }
  /** Given up by its asker as soon as it has come. */
  function givingUp(reason: unknown): { answer: Answer; asked: () => Asked } {
    let controller = new AbortController()
    return {
      answer: () => controller.abort(reason),
      asked: () => {
        controller = new AbortController()
        return { signal: controller.signal }
      },
    }
  }

  it.each<[what: string, bad: Answer]>([
    ['500', answerWith(500)],
    ['501', answerWith(501)],
    ['503 with a page', answerWith(503, '<h1>Down</h1>')],
    ['521 of a proxy', answerWith(521)],
  ])('%s: the sixth call doesn’t go out', async (_what, bad) => {
    const server = await start(bad)
    expect(await askAgainAndAgain(server)).toBe('refuses')
    expect(server.requests).toHaveLength(5)
  })

  it.each<[what: string, bad: Answer]>([
    ['a reset', reset],
    ['half an answer', half],
  ])('%s, but for the first of a question: it may be its connection that had died', async (_what, bad) => {
    const server = await start(bad)
    expect(await askAgainAndAgain(server)).toBe('refuses')
    // Three, three, and the second of the third question is the fifth that counts.
    expect(server.requests).toHaveLength(8)
  })

  it('no connections that had died while nobody asked, however many: each question asks by a new one', async () => {
    const born = new WeakMap<object, number>()
    let diedAt = 0
    let asked = 0
    const server = await start((response) => {
      const { socket } = response
      if (socket === null) return
      if (!born.has(socket)) born.set(socket, asked)
      asked += 1
      if ((born.get(socket) ?? 0) < diedAt) return void socket.resetAndDestroy()
      setTimeout(() => response.end('{}'), 50)
    })
    const many = () => Promise.all(Array.from({ length: 12 }, () => ask(server).then(({ status }) => status)))
    expect(await many()).toEqual(Array(12).fill(200))
    diedAt = asked
    expect(await many()).toEqual(Array(12).fill(200))
  })

  it('a refused connection', async () => {
    const spend = vi.fn(async () => {})
    expect(await askAgainAndAgain({ url: await addressOfNobody() }, () => ({ spend }))).toBe('refuses')
    expect(spend).toHaveBeenCalledTimes(5)
  })

  it('a deadline', async () => {
    const { answer, asked } = givingUp(new DeadlineExceeded())
    const server = await start(answer)
    expect(await askAgainAndAgain(server, asked)).toBe('refuses')
    expect(server.requests).toHaveLength(5)
  })

  it('an asker who leaves after a long wait', async () => {
    let now = 0
    vi.spyOn(performance, 'now').mockImplementation(() => now)
    const { answer, asked } = givingUp(new Error('hung up'))
    const server = await start((...request) => {
      now += 5_000
      return answer(...request)
    })
    expect(await askAgainAndAgain(server, asked)).toBe('refuses')
    expect(server.requests).toHaveLength(5)
  })

  it('no answer that tells of the question', async () => {
    for (const status of [200, 204, 302, 400, 401, 403, 404, 409, 477]) {
      const server = await start(answerWith(status, 'x'))
      expect(await askAgainAndAgain(server), String(status)).toBe('goes on')
    }
  })

  it('no answer that asks to slow down', async () => {
    for (const status of [423, 429]) {
      const server = await start(answerWith(status, '', { 'retry-after': '60' }))
      expect(await askAgainAndAgain(server), String(status)).toBe('goes on')
    }
  })

  it('no asker who leaves soon', async () => {
    const { answer, asked } = givingUp(new Error('hung up'))
    const server = await start(answer)
    expect(await askAgainAndAgain(server, asked)).toBe('goes on')
    expect(server.requests).toHaveLength(12)
  })

  it('no asker who waited for the budget, and leaves soon after', async () => {
    let now = 0
    vi.spyOn(performance, 'now').mockImplementation(() => now)
    const { answer, asked } = givingUp(new Error('hung up'))
    const server = await start(answer)
    const spend = async () => {
      now += 5_000
    }
    expect(await askAgainAndAgain(server, () => ({ ...asked(), spend }))).toBe('goes on')
  })

  it('no call with a patience of its own that hangs', async () => {
    const server = await start(() => {})
    expect(await askAgainAndAgain(server, () => ({ patience: 20 }), 6)).toBe('goes on')
  })

  it('no call with a patience of its own that fails: it isn’t worth the others', async () => {
    for (const bad of [answerWith(500), answerWith(503), reset]) {
      const server = await start(bad)
      expect(await askAgainAndAgain(server, () => ({ patience: 60_000 }), 3)).toBe('goes on')
    }
  })

  it('no refusal by the budget', async () => {
    const server = await start(answerWith(200))
    const spend = () => Promise.reject(new BridgeError('crm_rate_limited', 'x', { retryAfter: 1 }))
    expect(await askAgainAndAgain(server, () => ({ spend }))).toBe('goes on')
    expect(await ask(server)).toMatchObject({ status: 200 })
  })

  it('is one account’s, whoever asks, and no other’s at the same host', async () => {
    const server = await start(answerWith(500))
    expect(await askAgainAndAgain(server, () => ({ account: 'fake 1' }))).toBe('refuses')
    expect(await errorOf(ask(server, { account: 'fake 1' }))).toMatchObject(refused)
    expect(await ask(server, { account: 'fake 2' })).toMatchObject({ status: 500 })
  })

  it('ends a question between two tries, when others have found the account to be down', async () => {
    const server = await start((response, nth) => {
      answerWith(nth === 0 ? 503 : 500, '', { 'retry-after': '2' })(response)
    })
    const waiting = errorOf(ask(server))
    await vi.waitFor(() => expect(server.requests).toHaveLength(1))
    await askAgainAndAgain(server)
    expect(server.requests).toHaveLength(5)
    expect(await waiting).toMatchObject(refused)
    expect(server.requests).toHaveLength(5)
  })
})
