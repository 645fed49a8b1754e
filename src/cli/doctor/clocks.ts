/** Whether the machines agree on the time: tokens, leases and links all end by somebody's clock. */
import { type Finding, ok, problem, warning } from './finding.ts'

/** Milliseconds by which clocks may differ without and with harm; Date headers are exact to about a second. */
const noticeable = 5_000
const harmful = 60_000

export function examineClocks(clocks: readonly { readonly name: string; readonly ahead: number }[]): Finding[] {
  const off = clocks.flatMap(({ name, ahead }) => {
    if (Math.abs(ahead) < noticeable) return []
    const judge = Math.abs(ahead) < harmful ? warning : problem
    const what = `${name}’s is ${Math.round(Math.abs(ahead) / 1000)} s ${ahead > 0 ? 'ahead of' : 'behind'} this machine’s`
    return [judge('clocks', what, 'Let every machine set its clock by NTP (timedatectl shows whether it does).')]
  })
  if (off.length > 0 || clocks.length === 0) return off
  return [ok('clocks', `this machine’s agrees with those of ${clocks.map(({ name }) => name).join(', ')}`)]
}
