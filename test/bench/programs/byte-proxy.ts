/** The yardstick of a cold page: passes the CRM's bytes on and looks at none of them. The bridge's own HTTP client, on bare node:http. */
import { Agent, request } from 'undici'
import { introduce, listen } from '../child.ts'

const upstream = process.env.UPSTREAM ?? ''
const dispatcher = new Agent({ connections: 64, pipelining: 1, keepAliveTimeout: 30_000 })

const url = await listen(async (incoming, response) => {
  const { authorization = '' } = incoming.headers
  const { statusCode, headers, body } = await request(upstream + incoming.url, { dispatcher, headers: { authorization } })
  const passed = { 'content-type': String(headers['content-type']), 'content-length': String(headers['content-length']) }
  response.writeHead(statusCode, passed)
  body.pipe(response)
})

introduce(url)
