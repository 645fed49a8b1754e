/** As many questions as a server answers. On bare sockets: a client that costs more than the server would measure itself. */
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Program } from './processes.ts'

/** `cpu` = the server's processor time an answer, in milliseconds. */
export type Answered = { readonly perSecond: number; readonly cpu: number }

/** What a server gives to `clients` that each ask again as soon as they have their answer. */
export async function answersPerSecond(url: string, server: Program, clients: number, milliseconds: number): Promise<Answered> {
  const { hostname, port, pathname, search, host } = new URL(url)
  const question = Buffer.from(`GET ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\n\r\n`)
  let answers = 0
  let failure = ''

  function client(): Socket {
    let left = 0
    const socket = connect({
      host: hostname,
      port: Number(port),
      noDelay: true,
      onread: {
        buffer: Buffer.allocUnsafe(256 * 1024),
        callback(length, bytes) {
          if (left === 0) left = lengthOf(Buffer.from(bytes.buffer, bytes.byteOffset, length))
          left -= length
          if (left === 0) {
            answers += 1
            socket.write(question)
          }
          return true
        },
      },
    })
    socket.on('error', ({ message }) => {
      failure = message
    })
    socket.on('connect', () => socket.write(question))
    return socket
  }

  /** Of the whole answer. Its head comes in one piece: the servers here write it at once. */
  function lengthOf(bytes: Buffer): number {
    const end = bytes.indexOf('\r\n\r\n') + 4
    const head = bytes.toString('latin1', 0, end)
    if (!head.startsWith('HTTP/1.1 200')) failure = head
    return end + Number(/content-length: (\d+)/i.exec(head)?.[1])
  }

  const sockets = Array.from({ length: clients }, client)
  await sleep(100)
  const before = { answers, cpu: server.cpu(), at: performance.now() }
  await sleep(milliseconds)
  const given = answers - before.answers
  const measured = {
    perSecond: (given / (performance.now() - before.at)) * 1000,
    cpu: (server.cpu() - before.cpu) / given,
  }
  for (const socket of sockets) socket.destroy()
  if (failure !== '') throw new Error(`${url} fails under load: ${failure}`)
  return measured
}
