// What the browser's tests share: NAME.mjs URL SCREENSHOTS; one browser, checks as TAP, a look at a page by eye and by axe.
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const web = fileURLToPath(new URL('../../web/', import.meta.url))
const require = createRequire(web)
const { chromium } = require('playwright-core')
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')
export const [base, shots] = process.argv.slice(2)
export const PASSWORD = 'jifen-demo-2026'

let count = 0
let failed = 0
export async function check(name, run) {
  try {
    await run()
    console.log(`ok ${++count} - ${name}`)
  } catch (e) {
    failed++
    console.log(`not ok ${++count} - ${name}`)
    for (const line of String(e.stack ?? e).split('\n').slice(0, 12)) console.log('# ' + line)
  }
}
export function must(holds, what) {
  if (!holds) throw new Error(what)
}

mkdirSync(shots, { recursive: true })
export const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-quic', '--no-first-run']
})

// A page in a context of its own, with what is kept on the device; errors of scripts and of the content policy are collected.
export async function openPage({ width, height = 812, locale, keep, hasTouch = true }) {
  const context = await browser.newContext({ viewport: { width, height }, locale, hasTouch })
  await context.addInitScript((kept) => {
    for (const [k, v] of Object.entries(kept)) if (localStorage.getItem(k) === null) localStorage.setItem(k, v)
  }, keep)
  const page = await context.newPage()
  page.setDefaultTimeout(30000) // what is waited for comes in a second; a busy machine takes longer
  page.wrong = []
  page.on('pageerror', (e) => page.wrong.push(e.message))
  page.on('console', (m) => {
    if (/content security policy/i.test(m.text())) page.wrong.push(m.text())
  })
  return page
}

export async function look(page, name) {
  await page.waitForTimeout(150)
  await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true })
  await page.evaluate(axe)
  const found = await page.evaluate(() =>
    window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })
  )
  const told = found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`)
  must(told.length === 0, 'axe: ' + told.join(' | '))
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  must(wide <= 0, `the page is ${wide} pixels wider than the screen`)
  must(page.wrong.length === 0, page.wrong.join(' | '))
}

export async function finish() {
  await browser.close()
  console.log(`1..${count}`)
  process.exit(failed ? 1 : 0)
}
