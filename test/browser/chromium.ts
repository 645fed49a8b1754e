/** Debian's Chromium with a fresh profile, asking nobody but this machine. */
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

export function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--no-first-run'],
  })
}

/** Whether nothing sticks out to the side. */
export async function fits(page: Page, { javaScriptEnabled = true }: BrowserContextOptions = {}): Promise<unknown> {
  return !javaScriptEnabled || page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')
}
