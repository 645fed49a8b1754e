/** A connector module's settings as they arrive when the operator sets nothing. */
import type { ConnectorModule } from '../../src/connectors/connector.ts'

export function defaultsOf({ settings }: ConnectorModule): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).map(([name, setting]) => [name, Reflect.get(setting, 'default')]))
}
