/** What begins or changes something is pressed on a page of ours: another site's page may lead somebody here, not press for them. */
import type { IncomingHttpHeaders } from 'node:http'
import { dirname } from 'node:path/posix'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ConnectTickets } from '../connections/connect-ticket.ts'

/**
 * A hook that lets through what is pressed on a page of ours, and leads whatever another page sends to the page that has the button,
 * where a person sees what it is about. @see https://www.w3.org/TR/fetch-metadata/
 */
export function createPressGuard(publicUrl: string, tickets: ConnectTickets) {
  const { origin } = new URL(publicUrl)
  return async (request: FastifyRequest, reply: FastifyReply) => {
    if (!isFromElsewhere(request.headers, origin)) return
    const { ticket } = request.params as { ticket?: string }
    // Whoever has a link that ended is told so, and begins nothing.
    if (ticket !== undefined && tickets.read(ticket) === null) return
    const page = dirname(request.routeOptions.url ?? '/').replace(':ticket', ticket ?? '')
    return reply.redirect(publicUrl + page, 303)
  }
}

/** What is no browser says nothing, and has nobody's cookies or sessions to be used against. */
function isFromElsewhere({ 'sec-fetch-site': site, origin }: IncomingHttpHeaders, own: string): boolean {
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  // By plain http, and from old browsers, there is only the origin: “null” from our own forms, since these pages tell no referrer.
  return origin !== undefined && origin !== 'null' && origin !== own
}
