/** Debian's Chromium with a fresh profile, asking nobody but this machine. */
import { type Browser, chromium } from 'playwright-core'

export function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--no-first-run'],
  })
}
