/** What a hostile caller sends: texts, and how they are written into URLs, headers, forms and JSON. */
import fc from 'fast-check'
import { hostileText } from '../../support/properties.ts'

/** Every made-up value carries this word: where it turns up again, input was repeated. */
export const mark = 'Qzx7w'
export const isMarked = (text: string): boolean => text.toLowerCase().includes(mark.toLowerCase())

/** Names that every object has, or that change all of them. */
const inheritedNames = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'then', 'length']

const elsewhere = `${mark}.example`
const traps = [
  `<script>alert("${mark}")</script>`,
  `"><img src=x onerror=${mark}()>`,
  `' autofocus onfocus='${mark}()`,
  `javascript:${mark}()`,
  `<%= ${mark} %>`,
  `\${${mark}}`,
  `\r\nSet-Cookie: ${mark}=1\r\n\r\n<h1>${mark}</h1>`,
  `\n\nLocation: https://${elsewhere}`,
  `https://${elsewhere}`,
  `//${elsewhere}`,
  `/\\${elsewhere}`,
  `https://localhost@${elsewhere}`,
  `${elsewhere}/acme.my.salesforce.com`,
  `acme.my.salesforce.com.${elsewhere}`,
  `../../../etc/${mark}`,
  `\u202e${mark}\u2066`,
  `\ud83d${mark}\ude00`,
  `\u0000${mark}\u0000`,
  `{"$ne":"${mark}"}`,
  `${mark}' OR 1=1 --`,
  mark.repeat(2_000),
]

/** Text with the mark somewhere in it, be it between the halves of a character. */
export function markedText(maxLength = 60): fc.Arbitrary<string> {
  const anywhere = fc.tuple(hostileText(maxLength), fc.nat(maxLength)).map(([text, at]) => {
    const place = at % (text.length + 1)
    return text.slice(0, place) + mark + text.slice(place)
  })
  return fc.oneof({ weight: 3, arbitrary: anywhere }, fc.constantFrom(...traps))
}

/** What is no text once it is decoded, and what is another one than it seems. */
const rubbish = [
  ...['%', '%%', '%z', '%zz', '%u0041', '%2', '+', '&', '=', ';', '#', '%00', '%0d%0a', '%0D%0ASet-Cookie:%20a=b', '%2e%2e%2f'],
  // Overlong, beyond Unicode, halves of characters, not UTF-8 at all; right-to-left.
  ...[
    '%c0%af',
    '%c0%80',
    '%e0%80%af',
    '%f0%80%80%af',
    '%f8%88%80%80%80',
    '%f4%90%80%80',
    '%ed%a0%80',
    '%ed%bf%bf',
    '%fe%ff',
    '%ff',
  ],
  ...['%252e%252e%252f', '%e2%80%ae', '%ef%bb%bf', '%7f', '%5b', '%5d', '%3c%2fscript%3e', '%22%3e%3cimg%20src=x%3e'],
]

/** Sometimes a value, else nothing: `share` of a hundred. */
export function sometimes<T>(share: number, value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: share, arbitrary: value }, { weight: 100 - share, arbitrary: fc.constant(undefined) })
}

/** Marked text as it stands in a URL, encoded well, too much, twice or badly. */
export function inUrl(maxLength = 60): fc.Arbitrary<string> {
  const text = markedText(maxLength)
  const wellEncoded = text.map((value) => encodeURIComponent(value.toWellFormed()))
  const everyByte = text.map((value) => [...Buffer.from(value)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''))
  const mixed = fc
    .array(fc.constantFrom(...rubbish, 'a', '1'), { minLength: 1, maxLength: 6 })
    .map((parts) => parts.toSpliced(1, 0, mark).join(''))
  return fc.oneof(
    { weight: 4, arbitrary: wellEncoded },
    everyByte,
    wellEncoded.map((value) => encodeURIComponent(value)),
    { weight: 2, arbitrary: mixed },
  )
}

/** Marked text that a header can carry: bytes, but no line breaks. */
export function inHeader(maxLength = 80): fc.Arbitrary<string> {
  const latin = fc.array(fc.constantFrom(...'\t "\'(),/:;<=>?@[\\]{}\x7f\xa0\xe9\xff'.split(''), 'a', '0', mark), {
    maxLength: 20,
  })
  const cleaned = markedText(maxLength).map((text) =>
    [...Buffer.from(text).toString('latin1')].filter((sign) => sign === '\t' || sign >= ' ').join(''),
  )
  return fc.oneof(
    latin.map((parts) => `${parts.join('')}${mark}`),
    cleaned,
  )
}

/** Numbers that are none, or too large to be told apart. */
const oddNumbers = ['-0', '1e999', '-1e999', '9007199254740993', '1e-400', '0.1e1', '00', '1'.repeat(400), '٣']

/** JSON of any type, with names that objects have. */
const anyJson = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value)),
  markedText().map((text) => JSON.stringify(text)),
  fc.constantFrom('null', 'true', '[]', '{}', '[[]]', '""', '{"toString":null}', ...oddNumbers.slice(0, 5)),
)

/** The source of a JSON body: an object as it should be but for one field, one of anything, or no object and no JSON at all. */
export function jsonBody(fields: Readonly<Record<string, string | boolean>>): fc.Arbitrary<string> {
  const names = Object.keys(fields)
  const almost = fc.tuple(sometimes(80, fc.constantFrom(...names)), anyJson).map(([changed, value]) => {
    const entries = names.map((name) => `${JSON.stringify(name)}:${name === changed ? value : JSON.stringify(fields[name])}`)
    return `{${entries.join()}}`
  })
  const name = fc.constantFrom(...names, ...names, ...inheritedNames).map((text) => JSON.stringify(text))
  const entries = fc.array(fc.tuple(name, anyJson), { maxLength: 5 })
  const anyObject = entries.map((list) => `{${list.map((entry) => entry.join(':')).join()}}`)
  const deep = fc
    .tuple(fc.constantFrom('[', '{"name":', '{"a":[', `{"${mark}":`), fc.constantFrom(10, 1_000, 100_000))
    .map(([open, depth]) => open.repeat(depth))
  const broken = fc
    .tuple(anyObject, fc.constantFrom('', '{', '}', `,"${mark}"`, '\0', '//', '\ufeff'))
    .map(([text, more]) => more + text + more)
  const poison = [
    '{"__proto__":{"x":1}}',
    '{"constructor":{"prototype":{"x":1}}}',
    `{"name":"a","__proto__":{"toString":"${mark}"}}`,
  ]
  return fc.oneof(
    { weight: 5, arbitrary: almost },
    { weight: 2, arbitrary: anyObject },
    anyJson,
    deep,
    broken,
    fc.constantFrom(...poison),
  )
}

/** Values that messages have, and that they could never have. */
const said = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('14155552671', '+49 30 901820', 'text', 'image', '1770000000') },
  { weight: 4, arbitrary: markedText() },
  fc.constantFrom<unknown>(null, true, -1, 1.5, 1e308, 14155552671, '', '0'.repeat(400), '99999999999999'),
)
const namesInWebhooks = [
  ...['object', 'entry', 'changes', 'field', 'value', 'contacts', 'messages', 'statuses', 'profile', 'name', 'wa_id', 'user_id'],
  ...['from', 'id', 'timestamp', 'type', 'text', 'body', 'image', 'caption', 'interactive', 'order', 'location', 'reaction'],
]

/** The source of what WhatsApp sends: messages of any kind with anything in them, wrapped or bare, or nothing of the kind. */
export const webhookBody: fc.Arbitrary<string> = (() => {
  const { anything } = fc.letrec((tie) => ({
    anything: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      said,
      fc.array(tie('anything'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...namesInWebhooks, ...inheritedNames), tie('anything'), { maxKeys: 5 }),
    ),
  }))
  const content = fc.record(
    { body: said, caption: said, name: said, phones: anything, button_reply: anything },
    { requiredKeys: [] },
  )
  const types = ['text', 'image', 'document', 'location', 'contacts', 'button', 'interactive', 'reaction', 'order', 'system']
  const message = fc
    .tuple(
      fc.record({ id: said, from: said, timestamp: said, from_user_id: said }, { requiredKeys: ['id', 'from'] }),
      fc.constantFrom(...types, ...inheritedNames, mark),
      fc.oneof({ weight: 3, arbitrary: content }, anything),
    )
    .map(([head, type, inner]) => ({ ...head, type, [type]: inner }))
  const value = fc.record(
    {
      messages: fc.array(fc.oneof({ weight: 5, arbitrary: message }, anything), { maxLength: 3 }),
      contacts: fc.array(fc.record({ profile: anything, wa_id: said }), { maxLength: 2 }),
      statuses: anything,
    },
    { requiredKeys: ['messages'] },
  )
  const wrapped = value.map((inner) => ({
    object: 'whatsapp_business_account',
    entry: [{ id: '1', changes: [{ field: 'messages', value: inner }] }],
  }))
  const flood = message.map((one) => ({ messages: Array.from({ length: 1_500 }, (_, nth) => ({ ...one, id: `${mark}${nth}` })) }))
  const webhook = fc.oneof(
    { weight: 8, arbitrary: wrapped },
    { weight: 4, arbitrary: value },
    { weight: 4, arbitrary: anything },
    flood,
  )
  return fc.oneof(
    { weight: 6, arbitrary: webhook.map((body) => JSON.stringify(body)) },
    jsonBody({ object: 'page', entry: mark }),
  )
})()

/** A query string or a form with these fields, some of them good. */
export function pairs(fields: Readonly<Record<string, readonly string[]>>): fc.Arbitrary<string> {
  const names = Object.keys(fields)
  const goodPairs = (name: string) => (fields[name] ?? []).map((value) => `${name}=${encodeURIComponent(value)}`)
  const good = names.flatMap(goodPairs)
  const name = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...names) },
    fc.constantFrom(...inheritedNames),
    fc
      .tuple(fc.constantFrom(...names, ...inheritedNames), fc.constantFrom('[]', '[0]', '[x]', '[__proto__]', '.x', '%00'))
      .map((parts) => parts.join('')),
    inUrl(20),
  )
  const value = fc.oneof({ weight: 3, arbitrary: inUrl() }, fc.constantFrom('', '0', '1', ...oddNumbers))
  const pair = fc.oneof(
    { weight: 3, arbitrary: fc.tuple(name, value).map((parts) => parts.join('=')) },
    { weight: 2, arbitrary: fc.constantFrom(...good) },
    name,
  )
  const list = fc
    .tuple(fc.array(pair, { maxLength: 4 }), fc.constantFrom('&', '&', '&', ';', '&&'))
    .map(([parts, sign]) => parts.join(sign))
  const almost = fc
    .tuple(sometimes(50, fc.constantFrom(...names)), value, fc.nat())
    .map(([changed, value, pick]) =>
      names
        .flatMap((name) =>
          name === changed ? [`${name}=${value}`] : (goodPairs(name).at(pick % (goodPairs(name).length || 1)) ?? []),
        )
        .join('&'),
    )
  const repeated = fc
    .tuple(fc.constantFrom(...names), fc.array(value, { minLength: 2, maxLength: 3 }))
    .map(([name, values]) => values.map((text) => `${name}=${text}`).join('&'))
  const flood = fc
    .tuple(fc.constantFrom(...names, mark), fc.constantFrom(500, 1_500))
    .map(([name, times]) => `${name}=1&`.repeat(times))
  return fc.oneof({ weight: 8, arbitrary: list }, { weight: 4, arbitrary: almost }, { weight: 2, arbitrary: repeated }, flood)
}
