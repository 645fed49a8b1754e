/** Settings that are kept in files, as secret stores and containers hand them over: `NAME_FILE` names the file that holds `NAME`. */
import { readFileSync } from 'node:fs'
import { SettingError } from './connectors/connector.ts'

type Values = Readonly<Record<string, string>>

/**
 * The values with those added that are in files, without the white space around them; a path counts from the working directory.
 * @throws {SettingError} for a file that can't be read or is empty, or a setting that is given in both ways
 */
export function withFiles(values: Values, names: readonly string[]): Values {
  const given = names.filter((name) => values[fileOf(name)] !== undefined)
  const read = given.map((name) => {
    if (values[name] !== undefined) throw new SettingError(name, `and ${fileOf(name)} are both given: leave one out`)
    return [name, readSetting(fileOf(name), values[fileOf(name)] ?? '')]
  })
  const rest = Object.entries(values).filter(([variable]) => !given.some((name) => variable === fileOf(name)))
  return Object.fromEntries([...rest, ...read])
}

const fileOf = (name: string): string => `${name}_FILE`

function readSetting(variable: string, path: string): string {
  let content: string
  try {
    content = readFileSync(path, 'utf8').trim()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new SettingError(
      variable,
      code === 'ENOENT' ? 'names a file that isn’t there' : `names a file that can’t be read (${code})`,
    )
  }
  if (content === '') throw new SettingError(variable, 'names a file that is empty')
  return content
}
