// Signing in through the provider's button, as a person does it: oidc.mjs PAGES PROVIDER NAME PASSWORD SURNAME SHOTS
//
// PAGES is the address of the pages, under whatever path they are served; PROVIDER is a Glewlwyd that knows NAME.
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const { chromium } = createRequire(fileURLToPath(new URL('../../web/', import.meta.url)))('playwright-core')
const [pages, provider, name, password, surname, shots] = process.argv.slice(2)

function must(holds, what) {
  if (!holds) throw new Error(what)
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run']
})
const context = await browser.newContext({ viewport: { width: 375, height: 812 }, locale: 'zh-CN', hasTouch: true })
const page = await context.newPage()
page.setDefaultTimeout(15000)
const outside = []
page.on('request', (r) => {
  if (!r.url().startsWith(pages) && !r.url().startsWith(provider)) outside.push(r.url())
})
try {
  await page.goto(pages + '#/receipts')
  await page.click('a.wide[href*="signin/oidc"]')
  await page.waitForURL((u) => u.href.startsWith(provider))
  await page.fill('input#username', name)
  await page.fill('input#password', password)
  await page.click('button[type=submit]')
  await page.screenshot({ path: `${shots}/oidc-provider.png` })
  await page.waitForURL((u) => u.href.startsWith(pages)).catch(async () => {
    // asked for consent, or told to go on
    for (const box of await page.$$('input[type=checkbox]')) await box.check({ force: true })
    for (const words of [/grant/i, /continue/i]) {
      const button = page.getByRole('button', { name: words }).first()
      if (await button.count()) await button.click()
    }
    await page.waitForURL((u) => u.href.startsWith(pages))
  })
  await page.waitForSelector('main .btn')
  must(page.url() === pages + '#/receipts', 'back where it was asked for, not at ' + page.url())
  await page.goto(pages + '#/')
  await page.waitForSelector('.big')
  must((await page.textContent('main')).includes(surname), 'greeted by name')
  must(outside.length === 0, 'nothing else was asked: ' + outside.join(' '))
} finally {
  await page.screenshot({ path: `${shots}/oidc-end.png` })
  await browser.close()
}
