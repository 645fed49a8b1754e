/** What routes there are: noted as they are registered, so that describing them costs nothing until somebody asks. */
import type { FastifyInstance, RouteOptions } from 'fastify'

export type DocumentedRoute = Pick<RouteOptions, 'method' | 'url' | 'schema' | 'config'>

/** The routes that are registered on this scope from here on, those within it too. */
export function collectRoutes(scope: FastifyInstance): readonly DocumentedRoute[] {
  const routes: RouteOptions[] = []
  scope.addHook('onRoute', (route) => {
    if (route.method !== 'HEAD') routes.push(route)
  })
  return routes
}

/** Leaves out the routes that are registered on this scope from here on: what browsers visit is no API. */
export function hideRoutes(scope: FastifyInstance): void {
  scope.addHook('onRoute', (route) => {
    route.schema = { ...route.schema, hide: true }
  })
}
