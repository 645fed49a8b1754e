/** What an answer leaves behind in the memory of a module: the next one is another customer's. */
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeContacts } from '../../src/connectors/hubspot/contact-writer.ts'
import { writeFound } from '../../src/connectors/salesforce/contact-writer.ts'
import { phoneReader } from '../../src/directory/phone.ts'

/** As far as it is needed here: Node's types leave it to those of browsers. */
type Instances = {
  Instance: new (module: object, imports: object) => { readonly exports: { readonly memory: { readonly buffer: ArrayBuffer } } }
}
const wasm = (globalThis as unknown as { WebAssembly: Instances }).WebAssembly
const { Instance } = wasm
const memories: { readonly buffer: ArrayBuffer }[] = []

beforeAll(() => {
  wasm.Instance = class extends Instance {
    constructor(module: object, imports: object) {
      super(module, imports)
      memories.push(this.exports.memory)
    }
  }
})
afterAll(() => {
  wasm.Instance = Instance
})

const secret = 'only customer A’s '
const context = { readPhone: phoneReader('DE'), recordsUrl: 'https://crm.example.com/records', companyName: () => undefined }
const isLeft = () => memories.some(({ buffer }) => Buffer.from(buffer).includes(secret))

/** Numbers that are none, each as long as a field may be and longer: the second and the third are written and taken back. */
const long = secret.repeat(12_000)
const salesforce = { records: [{ Id: '0035g000001000BAAQ', Name: secret, Phone: long, MobilePhone: long, HomePhone: long }] }
const hubspot = {
  results: [{ id: '1', properties: { firstname: secret, phone: long, mobilephone: long, hs_whatsapp_phone_number: long } }],
}

describe.each([
  ['HubSpot', (answer: Buffer) => writeContacts(answer, context), hubspot],
  ['Salesforce', (answer: Buffer) => writeFound(answer, context), salesforce],
])('an answer of %s', (_crm, write, answer) => {
  const json = Buffer.from(JSON.stringify(answer))

  it('is gone from memory once it was passed on, however much of it was taken back', async () => {
    expect(write(json).json.includes(secret)).toBe(true)
    expect(isLeft()).toBe(true)
    await setImmediate()
    expect(isLeft()).toBe(false)
  })

  it('is gone where it could not be read to its end', async () => {
    expect(() => write(json.subarray(0, -1))).toThrow(SyntaxError)
    expect(isLeft()).toBe(true)
    await setImmediate()
    expect(isLeft()).toBe(false)
  })
})
