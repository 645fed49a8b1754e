/** The image runs the bridge as `npm start` does. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const root = new URL('../', import.meta.url)
const read = (name: string) => readFileSync(new URL(name, root), 'utf8')
const flagsIn = (text = '') => text.match(/--[a-z-]+=\d+/g) ?? []

const start: string = JSON.parse(read('package.json')).scripts.start
const instructions = read('Dockerfile').replaceAll('\\\n', '').split('\n')
const starting = (word: string) => instructions.filter((line) => line.startsWith(word) && line.includes('src/main.ts'))

it('with the same flags, when it is built too: what Node has compiled is good for the same flags only', () => {
  expect(flagsIn(start).length).toBeGreaterThan(2)
  for (const word of ['CMD', 'RUN']) expect(starting(word).map(flagsIn)).toEqual([flagsIn(start)])
})

it('with the same settings of malloc', () => {
  const defaults = [...start.matchAll(/(MALLOC_\w+)=\$\{\1:-(\d+)\}/g)].map(([, name, value]) => `${name}=${value}`)
  expect(defaults.length).toBeGreaterThan(0)
  const set = instructions.filter((line) => line.startsWith('ENV')).join(' ')
  for (const one of defaults) expect(set).toContain(one)
})
