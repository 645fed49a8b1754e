/** The documentation names what there is, all of it, and nothing else: commands, settings, routes, error codes, files. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { createProgram } from '../src/cli/program.ts'
import { settingNames } from '../src/config.ts'
import { errorCodes } from '../src/errors.ts'
import { run } from './support/child.ts'

const root = join(import.meta.dirname, '..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const files = [
  'README.md',
  'SECURITY.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
]
const texts = files.map((file) => ({ file, text: read(file) }))
const everything = texts.map(({ text }) => text).join('\n')
/** Those of the bridge, of docker-compose.yml, of the demo and of the tests. */
const settingVariables = [
  ...settingNames,
  ...[...read('.env.example').matchAll(/^#?([A-Z][A-Z0-9_]*)=/gm)].map(([, name = '']) => name),
  'SANDBOX_PORT',
  'SANDBOX_CONTACTS',
  'TEST_DATABASE_URL',
]
const packageScripts = Object.keys(JSON.parse(read('package.json')).scripts)

/** `inbox create`, `keys new`, … with each command's options. */
function commandsOf(command: Command, name = ''): [name: string, options: string[]][] {
  if (command.commands.length === 0)
    return [[name, ['--help', ...command.options.flatMap(({ short, long }) => [short ?? '', long ?? ''])]]]
  return command.commands.flatMap((one) => commandsOf(one, `${name} ${one.name()}`.trim()))
}
const commands = new Map(commandsOf(createProgram()))

/** Every `npm run bridge -- …` in a text, cut into words as a shell does. */
const bridgeCalls = (text: string): string[][] =>
  [...text.replace(/\n +/g, ' ').matchAll(/npm run (?:--silent )?bridge -- ([^`\n#]+)/g)].map(([, words = '']) =>
    [...words.matchAll(/"[^"]*"|[^\s[\]]+/g)].map(([word]) => word),
  )
const commandOf = (words: readonly string[]): string | undefined =>
  [words.slice(0, 2).join(' '), words[0] ?? ''].find((name) => commands.has(name))

describe('the command line', () => {
  it.each([...commands.keys(), '', 'inbox', 'contacts', 'keys'])('shows how `%s` is used, by commands that exist', (name) => {
    const examples = bridgeCalls(helpOf(name))
    expect(examples.length).toBeGreaterThan(0)
    for (const words of examples) expect(commandOf(words)).toMatch(new RegExp(`^${name}`))
  })
})

/** What `--help` prints. */
function helpOf(name: string): string {
  let text = ''
  let command = createProgram()
  for (const word of name.split(' ').filter(Boolean)) {
    const [next] = command.commands.filter((one) => one.name() === word)
    if (next === undefined) throw new Error(`no command ${name}`)
    command = next
  }
  command.configureOutput({ writeOut: (written) => (text += written) }).outputHelp()
  return text
}

describe('the documentation', () => {
  it.each(texts)('$file names commands and options that exist', ({ text }) => {
    for (const words of bridgeCalls(text)) {
      const name = commandOf(words)
      if (/^[…<]/.test(words[0] ?? '')) continue
      expect(name, words.join(' ')).toBeDefined()
      const known = commands.get(name ?? '') ?? []
      const options = words.filter((word) => /^--?[a-z]/.test(word))
      expect(options.filter((option) => !known.includes(option), words.join(' '))).toEqual([])
    }
    for (const [, script = ''] of text.matchAll(/npm run (?:--silent )?([\w:-]+)/g)) expect(packageScripts).toContain(script)
  })

  it.each([...commands.keys()])('the README shows `%s`', (command) => {
    expect(bridgeCalls(read('README.md')).map(commandOf)).toContain(command)
  })

  it.each(texts)('$file names settings that exist', ({ text }) => {
    const families = new Set(settingVariables.map((name) => name.split('_')[0]))
    const named = [...text.matchAll(/`([A-Z][A-Z0-9]*_[A-Z0-9_]+)\b[^`]*`/g)].map(([, name = '']) => name)
    const known = settingVariables.flatMap((name) => [name, `${name}_FILE`])
    const unknown = named.filter((name) => families.has(name.split('_')[0]) && !known.includes(name))
    expect(unknown).toEqual([])
  })

  it.each([...settingNames])('the README’s table has the setting %s', (name) => {
    expect(read('README.md')).toMatch(new RegExp(`^\\|.*\`${name}\`.*\\|`, 'm'))
  })

  it.each(Object.entries(errorCodes))('README and troubleshooting explain %s, with its status', (code, { status }) => {
    const row = read('README.md')
      .split('\n')
      .find((line) => line.startsWith('|') && line.includes(`\`${code}\``))
    expect(row).toContain(String(status))
    const [, section] = new RegExp(`\n### ${code}\n\n([\\s\\S]+?)(?=\n### |$)`).exec(read('docs/troubleshooting.md')) ?? []
    expect(section).toMatch(new RegExp(`^${status}\\b`))
    expect(section).toMatch(/\*\*Administrator:\*\*[\s\S]+\*\*Operator:\*\*/)
  })

  it('explains no code that there isn’t', () => {
    const headings = [...read('docs/troubleshooting.md').matchAll(/^### ([a-z_]+)$/gm)].map(([, code]) => code)
    expect(headings.sort()).toEqual(Object.keys(errorCodes).sort())
    const prefixed = [...everything.matchAll(/`((?!crm_bridge_)(?:crm|inbox|consent|cursor|contact|bridge)_[a-z_]+)`/g)].map(
      ([, name = '']) => name,
    )
    const fields = ['contact_id', 'contact_provider', 'inbox_id', 'contact_ids']
    expect([...new Set(prefixed)].filter((name) => !(name in errorCodes) && !fields.includes(name))).toEqual([])
  })
})

describe('the API in the README', () => {
  it('has the routes that there are', async () => {
    const { stdout } = await run('openapi.ts', [], {})
    const { paths } = JSON.parse(stdout) as { paths: Record<string, Record<string, { tags: string[] }>> }
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { tags }]) => ({ name: `${method.toUpperCase()} ${path}`, tag: tags[0] })),
    )
    const named = [...everything.matchAll(/`((?:GET|POST|PATCH|DELETE|PUT) \/[^`?]*)[^`]*`/g)].map(([, name = '']) => name)
    const shortened = named.map((name) => (name.endsWith(' /') ? name : name.replace(/\/$/, '')))
    const known = routes.map(({ name }) => name)
    expect(shortened.filter((name) => !known.includes(name) && !/^\w+ \/(crm|oauth|services|docs|metrics)/.test(name))).toEqual(
      [],
    )
    const told = routes.filter(({ tag }) => tag !== 'admin' && tag !== 'plugin').map(({ name }) => name)
    expect(told.filter((name) => !shortened.includes(name))).toEqual([])
  })
})

describe('links between the documents', () => {
  it.each(texts)('of $file lead somewhere', ({ file, text }) => {
    const links = [...text.matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)].map(([, link = '']) => link)
    for (const link of links) {
      const [path = '', anchor] = link.split('#')
      const target = path === '' ? file : normalize(join(dirname(file), path))
      expect(existsSync(join(root, target)), link).toBe(true)
      if (anchor !== undefined) expect(anchorsOf(read(target)), link).toContain(anchor)
    }
  })

  it('reach every document from the README', () => {
    const seen = new Set<string>()
    const visit = (file: string) => {
      if (seen.has(file) || !files.includes(file)) return
      seen.add(file)
      for (const [, link = ''] of read(file).matchAll(/\]\((?!https?:)([^)#\s]+)/g)) visit(normalize(join(dirname(file), link)))
    }
    visit('README.md')
    expect(files.filter((file) => !seen.has(file))).toEqual([])
  })
})

/** As GitHub makes them. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
}
