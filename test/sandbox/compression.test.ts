import { gunzipSync } from 'node:zlib'
import fastify from 'fastify'
import { expect, it } from 'vitest'
import { compressAnswers } from '../../src/sandbox/compression.ts'

const long = JSON.stringify({ text: 'x'.repeat(2_000) })
const app = fastify()
compressAnswers(app)
app.get('/long', () => long)
app.get('/short', () => '{}')

const ask = (url: string, accepted?: string) =>
  app.inject({ url, headers: accepted === undefined ? {} : { 'accept-encoding': accepted } })

it.each(['gzip', 'br, gzip;q=0.5'])('an answer is compressed for who accepts it: %s', async (accepted) => {
  const { headers, rawPayload } = await ask('/long', accepted)
  expect(headers).toMatchObject({ 'content-encoding': 'gzip', 'content-length': String(rawPayload.length) })
  expect(gunzipSync(rawPayload).toString()).toBe(long)
})

it.each([undefined, 'identity', 'br', 'gzip;q=0'])('and for nobody else: %s', async (accepted) => {
  const { headers, body } = await ask('/long', accepted)
  expect(headers['content-encoding']).toBeUndefined()
  expect(body).toBe(long)
})

it('what is short stays as it is', async () => {
  const { headers, body } = await ask('/short', 'gzip')
  expect(headers['content-encoding']).toBeUndefined()
  expect(body).toBe('{}')
})
