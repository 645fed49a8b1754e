// Who consented: the identity URL that comes with the tokens, and the standard endpoint that says the same.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type AccessOptions, sessionOf, tokenIn } from './access.ts'
import type { SalesforceOrg } from './org.ts'

/** The path that stands for the user and their org. */
export function identityPath({ orgId, userId }: SalesforceOrg): string {
  return `/id/${orgId}/${userId}`
}

/** The address that stands for the user and their org. */
export function identityUrl(request: FastifyRequest, org: SalesforceOrg): string {
  return `${request.protocol}://${request.host}${identityPath(org)}`
}

/** Adds both endpoints; their refusals are bare words. @see https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_using_openid.htm */
export function addIdentityRoutes(
  app: FastifyInstance,
  org: SalesforceOrg,
  access: Pick<AccessOptions, 'grants' | 'orgId'>,
): void {
  const refuse = (reply: FastifyReply, word: string) => reply.code(403).type('text/html; charset=UTF-8').send(word)
  const guarded = (request: FastifyRequest, reply: FastifyReply, answer: () => object) => {
    if (tokenIn(request) === undefined) return refuse(reply, 'Missing_OAuth_Token')
    return sessionOf(request, access) === null ? refuse(reply, 'Bad_OAuth_Token') : reply.send(answer())
  }

  app.get('/services/oauth2/userinfo', async (request, reply) =>
    guarded(request, reply, () => ({
      sub: identityUrl(request, org),
      user_id: org.userId,
      organization_id: org.orgId,
      preferred_username: org.userName,
      nickname: org.userName.split('@')[0],
      name: org.user,
      email: org.userName,
      email_verified: true,
      zoneinfo: 'America/Los_Angeles',
      locale: 'en_US',
      language: 'en_US',
      active: true,
      user_type: 'STANDARD',
      urls: urlsOf(request, org),
    })),
  )

  app.get<{ Params: { orgId: string; userId: string } }>('/id/:orgId/:userId', async (request, reply) => {
    const { orgId, userId } = request.params
    if (orgId !== org.orgId || userId !== org.userId) return refuse(reply, 'Wrong_Org')
    return guarded(request, reply, () => ({
      id: identityUrl(request, org),
      asserted_user: true,
      user_id: org.userId,
      organization_id: org.orgId,
      username: org.userName,
      nick_name: org.userName.split('@')[0],
      display_name: org.user,
      email: org.userName,
      email_verified: true,
      status: { created_date: null, body: null },
      timezone: 'America/Los_Angeles',
      locale: 'en_US',
      language: 'en_US',
      active: true,
      user_type: 'STANDARD',
      is_app_installed: true,
      urls: urlsOf(request, org),
    }))
  })
}

// `{version}` is for the reader to fill in.
function urlsOf(request: FastifyRequest, { orgId, userId }: SalesforceOrg): Readonly<Record<string, string>> {
  const rest = `${request.protocol}://${request.host}/services/data/v{version}/`
  return {
    rest,
    sobjects: `${rest}sobjects/`,
    query: `${rest}query/`,
    search: `${rest}search/`,
    profile: `${request.protocol}://${request.host}/${userId}`,
    enterprise: `${request.protocol}://${request.host}/services/Soap/c/{version}/${orgId.slice(0, 15)}`,
    custom_domain: `${request.protocol}://${request.host}`,
  }
}
