/** Numbers as people write them, in CRMs and in search boxes. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { phoneReader, readPartialPhone, readPhoneQuery, toE164 } from '../../src/directory/phone.ts'
import { hostileText, steady } from '../support/properties.ts'

/** One number a line, in the writings that people use, each read at home in `region`. */
const writings: readonly [region: string, e164: string, ...writings: string[]][] = [
  ['US', '+14155552671', '+14155552671', '+1 415 555 2671', '(415) 555-2671', '415.555.2671', '1-415-555-2671', '4155552671'],
  [
    'US',
    '+14155552671',
    '415-555-2671 x12',
    '(415) 555-2671 ext. 12',
    'tel:+14155552671',
    'tel:+1-415-555-2671;ext=12',
    '00 1 415 555 2671',
  ],
  ['US', '+4930901820', '+49 30 901820', '011 49 30 901820', '0049 30 901820', '(00)49 30 901820'],
  ['CA', '+16045550123', '604 555 0123', '1 (604) 555-0123'],
  [
    'DE',
    '+4930901820',
    '030 901820',
    '030/901820',
    '030-90 18 20',
    '+49 (0)30 901820',
    '+49 (0) 30 / 90 18 20',
    '(+49) 30 901820',
    '0049 30 901820',
    '+ 49 30 901820',
  ],
  ['DE', '+491712345678', '0171 2345678', '0171/23 45 678', '+49 171 2345678', '+49 (0) 171 2345678'],
  ['AT', '+436641234567', '0664 1234567', '+43 (0) 664 123 45 67'],
  ['CH', '+41446681800', '044 668 18 00', '+41 44 668 18 00', '+41 (0)44 668 18 00'],
  ['GB', '+442079460958', '020 7946 0958', '(020) 7946 0958', '+44 (0)20 7946 0958', '+44 20 7946 0958'],
  ['IE', '+353861234567', '086 123 4567', '+353 86 123 4567'],
  ['FR', '+33612345678', '06 12 34 56 78', '06.12.34.56.78', '+33 6 12 34 56 78', '+33 (0)6 12 34 56 78'],
  ['ES', '+34612345678', '612 34 56 78', '+34 612 34 56 78'],
  ['PT', '+351912345678', '912 345 678', '+351 912 345 678'],
  // The zero belongs to the number.
  ['IT', '+39066981234', '06 698 1234', '+39 06 698 1234'],
  ['IT', '+393381234567', '338 123 4567', '+39 338 1234567'],
  ['CI', '+2250707123456', '07 07 12 34 56', '+225 07 07 12 34 56'],
  ['NL', '+31612345678', '06-12345678', '06 12 34 56 78', '+31 6 12345678'],
  ['BE', '+32470123456', '0470 12 34 56', '+32 470 12 34 56'],
  ['SE', '+46701234567', '070-123 45 67', '+46 70 123 45 67'],
  ['PL', '+48512345678', '512 345 678', '+48 512-345-678'],
  ['TR', '+905321234567', '0532 123 45 67', '+90 532 123 45 67'],
  // Eight, not zero, is dialled at home.
  ['RU', '+79123456789', '8 (912) 345-67-89', '+7 912 345 67 89', '912 345-67-89'],
  ['IL', '+972501234567', '050-123-4567', '+972 50 123 4567'],
  ['AE', '+971501234567', '050 123 4567', '+971 50 123 4567', '٠٥٠١٢٣٤٥٦٧'],
  ['ZA', '+27821234567', '082 123 4567', '+27 82 123 4567'],
  ['NG', '+2348031234567', '0803 123 4567', '+234 803 123 4567'],
  ['IN', '+919876543210', '98765 43210', '098765 43210', '+91 98765-43210'],
  ['JP', '+819012345678', '090-1234-5678', '+81 90-1234-5678'],
  ['KR', '+821012345678', '010-1234-5678', '+82 10 1234 5678'],
  ['CN', '+8613812345678', '138 1234 5678', '+86 138 1234 5678'],
  ['VN', '+84912345678', '0912 345 678', '+84 912 345 678'],
  ['AU', '+61412345678', '0412 345 678', '+61 412 345 678', '0011 61 412 345 678'],
  ['NZ', '+64211234567', '021 123 4567', '+64 21 123 4567'],
  ['SG', '+6581234567', '8123 4567', '+65 8123 4567'],
  ['BR', '+5511912345678', '(11) 91234-5678', '011 91234-5678', '+55 11 91234-5678', '+55 (11) 91234-5678'],
  ['BR', '+551133334444', '(11) 3333-4444', '+55 11 3333 4444'],
  ['MX', '+525512345678', '55 1234 5678', '+52 55 1234 5678'],
  // Fifteen before a mobile number at home is a nine from abroad.
  [
    'AR',
    '+5491123456789',
    '011 15-2345-6789',
    '(011) 15-2345-6789',
    '11 15 2345 6789',
    '+54 9 11 2345-6789',
    '+54 11 15 2345 6789',
  ],
  // Within an island its three digits aren't dialled.
  ['BS', '+12423591234', '359-1234', '1 242 359 1234'],
  ['AR', '+541123456789', '11 2345-6789', '+54 11 2345-6789'],
]

/** Those with something around them that nobody types into a search box. */
const surrounded: typeof writings = [
  [
    'US',
    '+14155552671',
    '(415) 555-2671 x123',
    '415-555-2671 x 45',
    '415-555-2671x45',
    '415-555-2671, Ext: 45',
    '415-555-2671 extension 12',
    '415-555-2671 #12',
    '(+1 415) 555-2671',
    '(+1 415 555 2671)',
    "'+1 415 555 2671",
  ],
  ['DE', '+491712345678', 'Mob: +49 171 2345678', 'Mobil 0171/2345678', '+49 171 2345678 (mobile)', "'+49171 2345678"],
  [
    'US',
    '+14155552671',
    '  415 555 2671\t',
    '415\u00a0555\u00a02671',
    '\u202a+1\u00a0415\u00a0555-2671\u202c',
    '415–555–2671',
    '＋１４１５５５５２６７１',
  ],
]

describe('a number in a CRM', () => {
  it.each(
    [...writings, ...surrounded].flatMap(([region, e164, ...all]) => all.map((writing) => [writing, region, e164] as const)),
  )('%j in %s is %s', (writing, region, e164) => {
    expect(phoneReader(region)(writing)).toBe(e164)
  })

  it.each([
    ['call her assistant', 'US'],
    ['1-800-FLOWERS', 'US'],
    ['n/a', 'US'],
    ['-', 'US'],
    ['+', 'US'],
    ['0', 'DE'],
    ['12345', 'US'],
    ['555-0100', 'US'],
    // A number beyond the plan of the country could only be guessed.
    ['01712345678', 'US'],
    ['07700 900123', 'GB'],
    ['+999 123456', 'US'],
    ['+1 415 555 2671 / +1 415 555 2672', 'US'],
    ['+1 415 555 2671, +1 415 555 2672', 'US'],
    ['415 555 2671 or 415 555 2672', 'US'],
    ["'+44 77", 'US'],
    ['9'.repeat(300), 'US'],
    ['415 555 2671', 'ZZ'],
  ])('%j in %s can’t be read and goes out as typed', (typed, region) => {
    expect(phoneReader(region)(typed)).toBe(typed)
    expect(phoneReader(region)(` ${typed}\n`)).toBe(typed)
  })

  it('that says its country is read though the plan doesn’t have it yet, if it has a possible length', () => {
    expect(phoneReader('US')('+44 7700 900123')).toBe('+447700900123')
    expect(phoneReader('US')('0044 7700 900123')).toBe('+447700900123')
    expect(phoneReader('US')('+44 77')).toBe('+44 77')
  })

  it.each(['', ' ', '\t\n', '\u00a0'])('%j shows nothing', (typed) => {
    expect(phoneReader('US')(typed)).toBeNull()
  })

  it('means another in another country, however often it was read before', () => {
    const national = '0301234567'
    const read = () => [
      phoneReader('DE')(national),
      phoneReader('NL')(national),
      phoneReader('US')(national),
      phoneReader('US')(national, 'DE'),
    ]
    expect(read()).toEqual(['+49301234567', '+31301234567', national, '+49301234567'])
    expect(read()).toEqual(['+49301234567', '+31301234567', national, '+49301234567'])
  })

  it('has no E.164 where it can’t be read', () => {
    expect([toE164('n/a', 'US'), toE164('', 'US'), toE164('555 0100', undefined)]).toEqual([null, null, null])
    expect(toE164('030 901820', 'DE')).toBe('+4930901820')
  })
})

describe('the country of a contact', () => {
  /** What CRMs hold: codes, English names in the spellings of HubSpot's and Salesforce's lists, and what people type. */
  const countries: readonly [country: string, national: string, e164: string][] = [
    ['DE', '030 901820', '+4930901820'],
    ['de', '030 901820', '+4930901820'],
    [' Germany ', '030 901820', '+4930901820'],
    ['GERMANY', '030 901820', '+4930901820'],
    ['Deutschland', '030 901820', '+4930901820'],
    ['Österreich', '0664 1234567', '+436641234567'],
    ['United Kingdom', '020 7946 0958', '+442079460958'],
    ['UK', '020 7946 0958', '+442079460958'],
    ['Great Britain', '020 7946 0958', '+442079460958'],
    ['Northern Ireland', '020 7946 0958', '+442079460958'],
    ['United States', '415 555 2671', '+14155552671'],
    ['United States of America', '415 555 2671', '+14155552671'],
    ['USA', '415 555 2671', '+14155552671'],
    ['U.S.A.', '415 555 2671', '+14155552671'],
    ['Brasil', '(11) 91234-5678', '+5511912345678'],
    ['México', '55 1234 5678', '+525512345678'],
    ['Netherlands', '06-12345678', '+31612345678'],
    ['The Netherlands', '06-12345678', '+31612345678'],
    ['Holland', '06-12345678', '+31612345678'],
    ['Turkey', '0532 123 45 67', '+905321234567'],
    ['Türkiye', '0532 123 45 67', '+905321234567'],
    ['Czech Republic', '601 123 456', '+420601123456'],
    ['Czechia', '601 123 456', '+420601123456'],
    ['Slovak Republic', '0912 123 456', '+421912123456'],
    ['Russia', '8 (912) 345-67-89', '+79123456789'],
    ['Russian Federation', '8 (912) 345-67-89', '+79123456789'],
    ['South Korea', '010-1234-5678', '+821012345678'],
    ['Republic of Korea', '010-1234-5678', '+821012345678'],
    ['Korea, Republic of', '010-1234-5678', '+821012345678'],
    ['Vietnam', '0912 345 678', '+84912345678'],
    ['Viet Nam', '0912 345 678', '+84912345678'],
    ['United Arab Emirates', '050 123 4567', '+971501234567'],
    ['UAE', '050 123 4567', '+971501234567'],
    ['Hong Kong', '5123 4567', '+85251234567'],
    ['Macau', '6612 3456', '+85366123456'],
    ['Ivory Coast', '07 07 12 34 56', '+2250707123456'],
    ["Cote d'Ivoire", '07 07 12 34 56', '+2250707123456'],
    ['Côte d’Ivoire', '07 07 12 34 56', '+2250707123456'],
    ['Curacao', '9 518 1234', '+59995181234'],
    ['Bosnia and Herzegovina', '061 123 456', '+38761123456'],
    ['Trinidad and Tobago', '291 1234', '+18682911234'],
    ['Saint Lucia', '284 5678', '+17582845678'],
    ['Sao Tome and Principe', '981 2345', '+2399812345'],
    ['Macedonia (FYROM)', '072 345 678', '+38972345678'],
    ['Palestine', '0599 123 456', '+970599123456'],
  ]

  it.each(countries)('%j says how %s is read', (country, national, e164) => {
    expect(phoneReader('AU')(national, country)).toBe(e164)
  })

  it.each([null, undefined, '', ' '])('where there is none (%j) the inbox’s counts', (country) => {
    expect(phoneReader('AU')('0412 345 678', country)).toBe('+61412345678')
  })

  it('never changes a number that says its own', () => {
    expect(phoneReader('AU')('+49 30 901820', 'France')).toBe('+4930901820')
  })
})

describe('a whole number in the search box', () => {
  const readings = (typed: string, region: string) => readPhoneQuery(typed, region).map(({ e164 }) => e164)

  it.each(
    writings
      .filter(([region]) => region !== 'AE')
      .flatMap(([region, e164, ...all]) => all.map((writing) => [writing, region, e164] as const))
      // The search box folds other digits and blanks before; and a link's parameters aren't typed.
      .filter(([writing]) => /^[\x20-\x7e]+$/.test(writing) && !writing.includes(';') && writing.trim() === writing),
  )('%j in %s is among others %s', (writing, region, e164) => {
    expect(readings(writing, region)).toContain(e164)
  })

  it.each([
    // WhatsApp writes it so, and a phone in Germany could dial it.
    ['491712345678', 'US', ['+491712345678']],
    ['5511912345678', 'US', ['+5511912345678']],
    ['13812345678', 'CN', ['+8613812345678', '+13812345678']],
    // With a plus or a trunk zero there is nothing to guess.
    ['+13812345678', 'CN', ['+13812345678']],
    ['0171 2345678', 'DE', ['+491712345678']],
  ])('%j in %s has the readings %j', (typed, region, expected) => {
    expect(readings(typed, region)).toEqual(expected)
  })

  it('comes with the national digits that CRMs index', () => {
    expect(readPhoneQuery('+49 171 2345678', 'US')).toMatchObject([{ e164: '+491712345678', national: '1712345678' }])
    expect(readPhoneQuery('+39 06 698 1234', 'US')).toMatchObject([{ e164: '+39066981234', national: '066981234' }])
  })

  it('comes with the ways in which people write it', () => {
    expect(readPhoneQuery('415.555.2671', 'US').map(({ spellings }) => spellings)).toEqual([
      ['+14155552671', '14155552671', '+1 415 555 2671', '(415) 555-2671'],
    ])
  })

  it.each([
    'Jane',
    '415',
    '41555',
    '1-800-FLOWERS',
    'jane@example.com',
    'Room 4155552671',
    '4155552671 Jane',
    '',
    '+',
    '()',
    'x12',
  ])('%j is none', (typed) => {
    expect(readPhoneQuery(typed, 'US')).toEqual([])
  })
})

describe('a part of a number in the search box', () => {
  it.each([
    ['415', 'US', '415'],
    ['41555', 'US', '41555'],
    ['(415) 55', 'US', '41555'],
    ['555-2671', 'US', '5552671'],
    ['2671', 'US', '2671'],
    // Without country code and trunk prefix, as far as those can be told.
    ['+1415', 'US', '415'],
    ['+49 171', 'DE', '171'],
    ['0049171', 'US', '171'],
    ['0171', 'DE', '171'],
    ['030', 'DE', '30'],
  ])('%j in %s is looked for as %s', (typed, region, digits) => {
    expect(readPartialPhone(typed, region)).toBe(digits)
  })

  it.each(['', '1', '12', '+49', '000', 'Jane', 'x12', '415a', '9'.repeat(40)])('%j is none', (typed) => {
    expect(readPartialPhone(typed, 'US')).toBeNull()
  })
})

describe('a text made to keep the reader busy', () => {
  it.each([
    ['digits and a sign', `${'1'.repeat(5_000)}!`],
    ['blanks and a sign', `${' '.repeat(5_000)}!`],
    ['pairs and a letter', `${'1 '.repeat(2_500)}a`],
    ['brackets and a sign', `${'(0'.repeat(2_500)}@`],
    ['extensions', '1x'.repeat(2_500)],
  ])('%s is done with in no time: a search is read on every key', (_what, text) => {
    // What grows with the cube of the length takes longer than a test may.
    expect(readPhoneQuery(text, 'US')).toEqual([])
    expect(readPartialPhone(text, 'US')).toBeNull()
  })
})

describe('a number among bytes', () => {
  /** As it stands in JSON; null where the text has to be looked at. */
  function plain(text: string, region: string, country = ''): string | null {
    const [json, before] = [Buffer.from(JSON.stringify(text).slice(1, -1)), 7]
    const bytes = Buffer.alloc(before + 2 * json.length + 64, '9')
    const [from, to] = [json.copy(bytes, before) && before, before + json.length + 9]
    const end = phoneReader(region).plain(bytes, from, from + json.length, country, to)
    expect(bytes.toString('utf8', from, from + json.length)).toBe(String(json))
    return end < 0 ? null : JSON.parse(`"${bytes.toString('utf8', to, end)}"`)
  }

  const all = [...writings, ...surrounded].flatMap(([, , ...texts]) => texts)
  const typed = fc.oneof(
    fc.constantFrom(...all),
    hostileText(20),
    fc.array(fc.constantFrom(...'0123456789+ ()-./:x\u00a0\u2011\u00e9\\"nae'), { maxLength: 24 }).map((signs) => signs.join('')),
    fc.array(fc.constantFrom(...'0123456789'), { maxLength: 60 }).map((digits) => `00${digits.join('')}`),
    fc
      .tuple(hostileText(6), fc.constantFrom('', '(', "'", 'Tel. ', 'tel:', '\u00e9 '), fc.constantFrom(...all), hostileText(6))
      .chain(([before, lead, writing, behind]) =>
        fc.constantFrom(...[writing, lead + writing, before + writing, writing + behind, `${lead}${writing} x1${behind}`]),
      ),
  )

  it('is read as the text is', () => {
    fc.assert(
      fc.property(
        typed,
        fc.constantFrom('DE', 'US', 'BR', 'GB', 'AR', 'BS', 'AQ', ''),
        fc.constantFrom('', 'RU', 'Mexico', 'Atlantis'),
        (some, region, country) => {
          const text = some.trim()
          const number = text === '' ? null : plain(text, region, country)
          if (number !== null) expect(number).toBe(phoneReader(region)(text, country))
        },
      ),
      steady(20_000),
    )
  })

  it.each<[string, string]>([
    ['030 901820', '+4930901820'],
    ['+49\u00a030\u2011901820', '+4930901820'],
    ['030 901820 ext. 12', '+4930901820'],
    ['001 415 555 2671', '+14155552671'],
    ['tel:030901820', '+4930901820'],
    ['(+49) 30 901820 (office)', '+4930901820'],
    ["'+49 30 901820 x12", '+4930901820'],
    ['+44 7700 900123', '+447700900123'],
    ['030 901820 / 0171 2345678', '030 901820 / 0171 2345678'],
    ['+49 30 901820 / +49 171 2345678', '+49 30 901820 / +49 171 2345678'],
    ['030 12 or 34 or 56', '030 12 or 34 or 56'],
    ['+49 3', '+49 3'],
    ['0', '0'],
    ['n/a', 'n/a'],
    ['ask Ana', 'ask Ana'],
    ['(05) 56', '(05) 56'],
  ])('such as %j needs no text', (text, number) => expect(plain(text, 'DE')).toBe(number))

  it.each(['Tel: 03', 'ask "Ana"', 'Zoë', '+999 123 456', '٠٣٠٩٠١٨٢٠', '030 901820; 0171 2345678', '(00) 12', '12 or 34'])(
    'such as %j is left to those who read the text',
    (text) => expect(plain(text, 'DE')).toBeNull(),
  )
})
