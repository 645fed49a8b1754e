/** What CRMs send is read liberally where it is unmistakable, and refused where it isn't. */
import { describe, expect, it } from 'vitest'
import { readMessage } from '../../src/sending/message.ts'

const text = 'Hi'
const template = { name: 'order_shipped', language: 'pt_BR' }

describe('a message', () => {
  it.each([
    ['an international number', { to: '+44 20 7123 4567', text }, { waId: '442071234567' }],
    ['a national one, by the region', { to: '(415) 555-2671', text }, { waId: '14155552671' }],
    ['digits, as WhatsApp writes them', { to: '442071234567', text }, { waId: '442071234567' }],
    ['a number of JSON', { to: 14155552671, text }, { waId: '14155552671' }],
    ['a text with lines', { to: '+14155552671', text: ' a\r\nb\u0000 ' }, { text: 'a\nb', template: null }],
    ['a template', { to: '+14155552671', template }, { text: '', template: { ...template, parameters: [] } }],
    [
      'a template with parameters',
      { to: '+14155552671', template: { ...template, parameters: ['a', 2] } },
      { template: { ...template, parameters: ['a', '2'] } },
    ],
    [
      'a flat template',
      { to: '+14155552671', template: 'order_shipped', language: 'pt_BR', parameter_1: 'a', parameter_2: 2, parameter_4: 'x' },
      { template: { ...template, parameters: ['a', '2'] } },
    ],
    ['an empty field beside', { to: '+14155552671', text, template: '' }, { text, template: null }],
  ])('is read from %s', (_what, body, expected) => {
    expect(readMessage(body, 'US')).toMatchObject(expected)
  })

  it.each<[string, unknown]>([
    ['null', null],
    ['a list', [{ to: '+14155552671', text }]],
    ['a text', '+14155552671'],
    ['no number', { text }],
    ['a name for a number', { to: 'Ana', text }],
    ['a short number', { to: '911', text }],
    ['two numbers', { to: '+14155552671, +442071234567', text }],
    ['a list of numbers', { to: ['+14155552671'], text }],
    ['nothing to send', { to: '+14155552671' }],
    ['an empty text', { to: '+14155552671', text: ' \n ' }],
    ['a long text', { to: '+14155552671', text: 'a'.repeat(4_097) }],
    ['text and template', { to: '+14155552671', text, template }],
    ['a template without language', { to: '+14155552671', template: { name: 'x' } }],
    ['a template with a path for a name', { to: '+14155552671', template: { ...template, name: '../x' } }],
    ['an empty parameter', { to: '+14155552671', template: { ...template, parameters: ['a', ''] } }],
    ['a parameter of two lines', { to: '+14155552671', template: { ...template, parameters: ['a\nb'] } }],
    ['a parameter that is an object', { to: '+14155552671', template: { ...template, parameters: [{}] } }],
    ['too many parameters', { to: '+14155552671', template: { ...template, parameters: Array(21).fill('a') } }],
    ['a template that is a list', { to: '+14155552671', template: [template] }],
  ])('isn’t made of %s', (_what, body) => {
    expect(() => readMessage(body, 'US')).toThrow(expect.objectContaining({ code: 'request_invalid' }))
  })
})
