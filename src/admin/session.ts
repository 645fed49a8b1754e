/** The operator's signed-in browser: a cookie that expires, and a token in every form that only its pages know. */
import { randomBytes } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Keys, readUnexpired, signFor } from '../keys.ts'

export interface OperatorSession {
  signIn(reply: FastifyReply): void
  signOut(reply: FastifyReply): void
  /** The token for the forms of a signed-in browser; null for any other. */
  formToken(request: FastifyRequest): string | null
}

/** Seconds. */
const lifetime = 8 * 3600

/** @param adminToken is part of every signature: with another one, everybody is signed out */
export function createOperatorSession(keys: Keys, adminToken: string, publicUrl: string): OperatorSession {
  const secure = publicUrl.startsWith('https:')
  const cookie = `${secure ? '__Host-' : ''}crm-bridge-operator`
  const attributes = { path: '/', httpOnly: true, sameSite: 'strict', secure } as const
  return {
    signIn(reply) {
      const session = randomBytes(12).toString('base64url')
      reply.setCookie(cookie, signFor(keys, lifetime, 'operator', session, adminToken), { ...attributes, maxAge: lifetime })
    },
    signOut: (reply) => {
      reply.clearCookie(cookie, attributes)
    },
    formToken(request) {
      const session = readUnexpired(keys, 'operator', request.cookies[cookie] ?? '', adminToken)
      return session === null ? null : keys.sign('operator form', session, adminToken)
    },
  }
}
