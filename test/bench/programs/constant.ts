/** The yardstick of a warm answer: bare node:http that gives the same bytes every time. */
import { introduce, listen } from '../child.ts'

let body = Buffer.from('')

const url = await listen((_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': body.length })
  response.end(body)
})

introduce(url, {
  give(bytes: number) {
    body = Buffer.alloc(bytes, 'x')
  },
})
