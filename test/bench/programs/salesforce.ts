/** The project's own Salesforce sandbox in a process of its own, and how often it was called. */
import { startSalesforceSandbox } from '../../../src/sandbox/salesforce/server.ts'
import { introduce } from '../child.ts'

const sandbox = await startSalesforceSandbox({
  clientId: process.env.CLIENT_ID ?? '',
  clientSecret: process.env.CLIENT_SECRET ?? '',
  contacts: Number(process.env.CONTACTS),
})

introduce(sandbox.url, {
  calls: () => sandbox.calls().filter(({ kind }) => kind !== 'oauth').length,
  forget: () => sandbox.clearCalls(),
  /** Some contacts with a name and a number. */
  examples: () =>
    Array.from(sandbox.contacts)
      .map(({ id, fields }) => ({ id, phone: String(fields.MobilePhone), name: fields.LastName }))
      .filter(({ phone, name }) => /^\+\d+$/.test(phone) && name)
      .slice(0, 3),
})
