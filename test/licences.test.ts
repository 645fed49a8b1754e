/** The licences of everything that runs in production: only those that ask for no more than to be named. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const allowed = ['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0', 'Unlicense', 'CC0-1.0']
/** Generates the client, and is left out of the image: with it comes a whole studio. */
const buildTools = ['prisma']

type Package = { readonly license?: string } & Partial<
  Record<'dependencies' | 'optionalDependencies', Readonly<Record<string, string>>>
>
const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, Package> }

/** Where Node finds what a package imports: in its own folder, or in one above. */
function find(from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.replace(/(^|\/)node_modules\/(?:@[^/]+\/)?[^/]+$/, '')) {
    const place = `${folder}${folder && '/'}node_modules/${name}`
    if (place in packages) return place
    if (folder === '') return undefined
  }
}

/** Everything that the packages there lead to. */
function reached(from: string, found = new Set<string>()): Set<string> {
  const { dependencies = {}, optionalDependencies = {} } = packages[from] ?? {}
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const place = find(from, name)
    if (place === undefined || found.has(place) || (from === '' && buildTools.includes(name))) continue
    found.add(place)
    reached(place, found)
  }
  return found
}

/** Whether one may choose, or must heed all of them. @see https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions/ */
function isAllowed(expression: string): boolean {
  const plain = expression.replace(/[()]/g, '')
  if (/ OR /.test(plain)) return plain.split(' OR ').some(isAllowed)
  return plain.split(/ and /i).every((licence) => allowed.includes(licence))
}

it('are permissive, every one', () => {
  const places = [...reached('')]
  expect(places.length).toBeGreaterThan(150)
  const others = places
    .map((place) => [place, packages[place]?.license ?? 'none'])
    .filter(([, licence = '']) => !isAllowed(licence))
  expect(others).toEqual([])
})
