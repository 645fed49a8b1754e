/** The CRMs that this bridge speaks to: the only place that names them. */
import type { ConnectorModule } from './connector.ts'
import { hubspot } from './hubspot/index.ts'
import { salesforce } from './salesforce/index.ts'

export const connectorModules: readonly ConnectorModule[] = [hubspot, salesforce]
