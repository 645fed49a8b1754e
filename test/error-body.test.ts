import { EventEmitter, once } from 'node:events'
import fastify, { type FastifyRequest } from 'fastify'
import { describe, expect, it, vi } from 'vitest'
import { errorBody, serializeError } from '../src/error-body.ts'
import { BridgeError, type ErrorCode, errorCodes } from '../src/errors.ts'

type Logged = { readonly level: 'info' | 'error'; readonly fields: { err: unknown; code: string } }

function answerTo(error: unknown) {
  const logged: Logged[] = []
  const write = (level: Logged['level']) => (fields: Logged['fields']) => logged.push({ level, fields })
  const request = { id: 'request-1', raw: { socket: {} }, log: { info: write('info'), error: write('error') } }
  return { ...errorBody(error, request as unknown as FastifyRequest), logged }
}

/** An error as a library throws it. */
function foreign(name: string, message: string, extra: object = {}): Error {
  class Foreign extends Error {}
  return Object.assign(new Foreign(message), { name, ...extra })
}

const personal = 'SELECT … WHERE phone = +14155552671 AND token = pat-secret'

describe('a failure of the bridge’s own', () => {
  it.each(Object.entries(errorCodes))('%s is told by its code, with its status', (code, { status, retryable }) => {
    const error = new BridgeError(code as ErrorCode, 'What happened and what to do.')
    const answer = answerTo(error)
    expect(answer.status).toBe(status)
    expect(answer.body).toEqual({ error: { code, message: 'What happened and what to do.', request_id: 'request-1' } })
    expect(answer.headers).toEqual({ 'cache-control': 'no-store' })
    expect(error.retryable).toBe(retryable)
  })

  it('says when to come back, where that is known', () => {
    const answer = answerTo(new BridgeError('crm_rate_limited', 'Slow down.', { retryAfter: 7 }))
    expect(answer.headers).toEqual({ 'cache-control': 'no-store', 'retry-after': '7' })
  })

  it('keeps its cause to itself', () => {
    const answer = answerTo(new BridgeError('crm_protocol', 'Odd answer.', { cause: new Error(personal) }))
    expect(JSON.stringify([answer.body, answer.headers])).not.toContain('4155552671')
  })
})

describe('a failure of something else', () => {
  it.each<[what: string, error: unknown, status: number, code: ErrorCode]>([
    ['a bug', new TypeError(personal), 500, 'internal'],
    ['something that is no error', personal, 500, 'internal'],
    ['nothing at all', undefined, 500, 'internal'],
    ['Fastify: too large', foreign('FastifyError', personal, { statusCode: 413 }), 413, 'request_invalid'],
    ['Fastify: wrong type', foreign('FastifyError', personal, { statusCode: 415 }), 415, 'request_invalid'],
    ['Fastify: invalid', foreign('FastifyError', personal, { statusCode: 400, validation: [] }), 400, 'request_invalid'],
    ['a plugin: too many requests', foreign('FastifyError', personal, { statusCode: 429 }), 429, 'request_invalid'],
    ['Fastify: its own 500', foreign('FastifyError', personal, { statusCode: 500 }), 500, 'internal'],
    ['a status that is none', foreign('FastifyError', personal, { statusCode: '400' }), 500, 'internal'],
    ['Prisma: server away', foreign('PrismaClientInitializationError', personal), 503, 'bridge_unavailable'],
    ['Prisma: pool exhausted', foreign('PrismaClientKnownRequestError', personal, { code: 'P2024' }), 503, 'bridge_unavailable'],
    ['the driver', foreign('DriverAdapterError', personal), 503, 'bridge_unavailable'],
    [
      'the driver, wrapped',
      new Error('x', { cause: new Error('y', { cause: foreign('DriverAdapterError', personal) }) }),
      503,
      'bridge_unavailable',
    ],
  ])('%s is told in the bridge’s words', (_what, error, status, code) => {
    const answer = answerTo(error)
    expect(answer.status).toBe(status)
    expect(answer.body.error).toMatchObject({ code, request_id: 'request-1' })
    expect(answer.body.error.message).toMatch(/^\S.{20,}\.$/)
    expect(JSON.stringify(answer.body)).not.toMatch(/4155552671|pat-secret|SELECT/)
  })

  it('a database that is away is worth another try soon', () => {
    expect(answerTo(foreign('PrismaClientInitializationError', '')).headers).toMatchObject({ 'retry-after': '5' })
  })
})

describe('the log', () => {
  it.each<[code: ErrorCode, level: Logged['level']]>([
    ['internal', 'error'],
    ['crm_unavailable', 'error'],
    ['bridge_unavailable', 'error'],
    ['cursor_invalid', 'info'],
    ['inbox_unauthorized', 'info'],
    ['crm_rate_limited', 'info'],
  ])('keeps %s at level %s, with the error and its code', (code, level) => {
    const error = new BridgeError(code, 'x')
    expect(answerTo(error).logged).toEqual([{ level, fields: { err: error, code } }])
  })

  it.each(['GET', 'POST'])(
    'makes no failure of a caller who hung up, over a socket, but of one who waits for a %s',
    async (method) => {
      const lines: { level: number; msg: string; code?: string }[] = []
      const app = fastify({
        forceCloseConnections: true,
        logger: { stream: { write: (line: string) => lines.push(JSON.parse(line)) } },
      })
      const arrived = new EventEmitter()
      app.setErrorHandler((error, request, reply) => {
        const { status, body } = errorBody(error, request)
        return reply.code(status).send(body)
      })
      app.all('/', async (request) => {
        if (request.headers['x-stays'] === undefined) {
          arrived.emit('request')
          await once(request.raw.socket, 'close')
        }
        throw new BridgeError('crm_timeout', 'x')
      })
      const url = await app.listen()
      const body = method === 'POST' ? { body: '{"a":1}' } : {}
      const headers = { 'content-type': 'application/json' }

      expect((await fetch(url, { method, headers: { ...headers, 'x-stays': '1' }, ...body })).status).toBe(504)
      const leaving = new AbortController()
      const left = fetch(url, { method, headers, ...body, signal: leaving.signal }).catch(() => 'left')
      await once(arrived, 'request')
      leaving.abort()
      expect(await left).toBe('left')
      const told = () => lines.filter(({ code }) => code !== undefined).map(({ level, msg }) => ({ level, msg }))
      await vi.waitFor(() => expect(told()).toHaveLength(2))
      expect(told()).toEqual([
        { level: 50, msg: 'question failed' },
        { level: 30, msg: 'caller hung up' },
      ])
      await app.close()
    },
  )
})

describe('an error in the log', () => {
  it('of the bridge says what it said to the caller, and why', () => {
    const cause = new Error('HubSpot answered 400 VALIDATION_ERROR')
    expect(serializeError(new BridgeError('crm_protocol', 'Refused.', { cause }))).toMatchObject({
      type: 'BridgeError',
      code: 'crm_protocol',
      message: 'Refused.',
      stack: '',
      cause: { type: 'Error', message: 'HubSpot answered 400 VALIDATION_ERROR' },
    })
  })

  it('of something else says which and where, not its words', () => {
    const serialized = serializeError(foreign('ApiException', personal, { code: 400, body: personal, headers: { a: personal } }))
    expect(serialized).toMatchObject({ type: 'ApiException', message: '', code: 400 })
    expect(serialized.stack).toMatch(/error-body\.test\.ts/)
    expect(JSON.stringify(serialized)).not.toMatch(/4155552671|pat-secret|SELECT/)
  })

  it('says nothing of the words of a foreign cause either', () => {
    const serialized = serializeError(new BridgeError('internal', 'x', { cause: foreign('ApiException', personal) }))
    expect(serialized.cause).toMatchObject({ type: 'ApiException', message: '' })
    expect(JSON.stringify(serialized)).not.toContain('4155552671')
  })

  it('a message of many lines is no stack', () => {
    const serialized = serializeError(new TypeError(`first\n${personal}\n  also ${personal}`))
    expect(serialized.stack.split('\n').every((line) => /^\s+at /.test(line))).toBe(true)
    expect(serialized.stack).not.toContain('4155552671')
    expect(serialized.stack.split('\n').length).toBeLessThanOrEqual(8)
  })

  it.each([[personal], [{ token: personal }], [null], [undefined], [42]])(
    'what is no error at all shows nothing of itself: %j',
    (thrown) => {
      expect(serializeError(thrown)).toEqual({ type: typeof thrown, message: '', stack: '' })
    },
  )
})
