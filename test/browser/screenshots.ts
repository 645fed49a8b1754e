/** `npm run screenshots`: the pictures in docs/images, taken anew from the pages as they are. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { startTestBridge, unlimited } from '../support/bridge.ts'
import { startChromium } from './chromium.ts'
import { tour } from './tour.ts'

const folder = join(import.meta.dirname, '../../docs/images')
/** Of all pages those that the documents show. */
const shown = ['connect', 'connected', 'replace', 'inboxes', 'inbox']

const bridge = await startTestBridge({
  sandbox: { contacts: 1000, rateLimits: false },
  salesforce: { contacts: 1000 },
  environment: unlimited,
})
const browser = await startChromium()
try {
  await mkdir(folder, { recursive: true })
  const page = await (await browser.newContext({ viewport: { width: 960, height: 600 }, locale: 'en-US' })).newPage()
  await tour(bridge, page, async (name) => {
    if (!shown.includes(name)) return
    const picture = await page.locator('main').screenshot({ path: join(folder, `${name}.png`) })
    console.log(`docs/images/${name}.png  ${Math.round(picture.length / 1024)} KB`)
  })
} finally {
  await browser.close()
  await bridge.stop()
}
