/** WhatsApp ids: international digits, in the spelling that WhatsApp once chose for a country and kept. */
import { describe, expect, it } from 'vitest'
import { isOneOf, phoneReader, readWhatsAppId } from '../../src/directory/phone.ts'

const readings = (id: string) => readWhatsAppId(id).map(({ e164 }) => e164)

describe('a WhatsApp id', () => {
  it.each([
    ['14155552671', '+14155552671'],
    ['491712345678', '+491712345678'],
    ['4915123456789', '+4915123456789'],
    ['447700900123', '+447700900123'],
    ['33612345678', '+33612345678'],
    ['393381234567', '+393381234567'],
    ['2250707123456', '+2250707123456'],
    ['919876543210', '+919876543210'],
    ['79123456789', '+79123456789'],
    ['971501234567', '+971501234567'],
    ['+14155552671', '+14155552671'],
  ])('%s is %s', (id, e164) => {
    expect(readings(id)).toEqual([e164])
  })

  it('comes with the national digits that CRMs index', () => {
    expect(readWhatsAppId('491712345678')).toMatchObject([{ e164: '+491712345678', national: '1712345678' }])
  })

  it.each(['', '1', '5521', '999999', '0049301234', '120363025246125486', '1'.repeat(40)])('%j is nobody’s', (id) => {
    expect(readings(id)).toEqual([])
  })
})

/** Each line: the id, and how people and CRMs write the number of whoever has it. */
describe('a WhatsApp id in an old spelling finds the number as it is written today', () => {
  it.each([
    [
      'Mexico, with the 1 of mobiles',
      'MX',
      '5215512345678',
      ['+525512345678', '+52 55 1234 5678', '55 1234 5678', '+52 1 55 1234 5678'],
    ],
    ['Mexico, without it', 'MX', '525512345678', ['+525512345678', '55 1234 5678']],
    [
      'Argentina, with the 9 of mobiles',
      'AR',
      '5491123456789',
      ['+54 9 11 2345-6789', '011 15-2345-6789', '+54 11 2345-6789', '11 2345-6789'],
    ],
    ['Brazil, without the ninth digit', 'BR', '553187654321', ['+55 31 98765-4321', '(31) 98765-4321', '+55 31 8765-4321']],
    ['Brazil, with it', 'BR', '5511987654321', ['+55 11 98765-4321', '(11) 98765-4321']],
    ['Brazil, a landline', 'BR', '551133334444', ['+55 11 3333-4444', '(11) 3333-4444']],
  ])('%s', (_where, region, id, writings) => {
    const read = phoneReader(region)
    for (const writing of writings) expect(isOneOf(read(writing) ?? '', readWhatsAppId(id)), writing).toBe(true)
  })

  it('and nobody else’s', () => {
    expect(isOneOf('+525512345679', readWhatsAppId('5215512345678'))).toBe(false)
    expect(isOneOf('5512345678', readWhatsAppId('5215512345678'))).toBe(false)
  })

  it('and no other', () => {
    expect(readings('551133334444')).toEqual(['+551133334444'])
    expect(readings('5511987654321')).toEqual(['+5511987654321'])
    expect(readings('541123456789')).toEqual(['+541123456789'])
    // A number in the United States that begins like Mexico's.
    expect(readings('15215551234')).toEqual(['+15215551234'])
  })
})
