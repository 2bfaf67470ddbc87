// The resident's journeys in a real browser against a real server: h5.mjs URL SCREENSHOTS
//
// Every page is looked at by axe (WCAG 2.x A and AA) in four forms: phone in Chinese, in English, in
// elder mode, dark and 320 pixels wide. TAP on stdout. A picture of every page is kept.
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const web = fileURLToPath(new URL('../../web/', import.meta.url))
const require = createRequire(web)
const { chromium } = require('playwright-core')
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')
const [base, shots] = process.argv.slice(2)
const PASSWORD = 'jifen-demo-2026'

let count = 0
let failed = 0
async function check(name, run) {
  try {
    await run()
    console.log(`ok ${++count} - ${name}`)
  } catch (e) {
    failed++
    console.log(`not ok ${++count} - ${name}`)
    for (const line of String(e.stack ?? e).split('\n').slice(0, 12)) console.log('# ' + line)
  }
}
function must(holds, what) {
  if (!holds) throw new Error(what)
}

const FORMS = {
  zh: { locale: 'zh-CN', width: 375, keep: {} },
  en: { locale: 'en-GB', width: 375, keep: { 'jifen.lang': 'en' } },
  elder: { locale: 'zh-CN', width: 375, keep: { 'jifen.ui': 'elder' } },
  dark: { locale: 'zh-CN', width: 320, keep: { 'jifen.theme': 'dark' } }
}

mkdirSync(shots, { recursive: true })
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-quic', '--no-first-run']
})

async function open(form) {
  const f = FORMS[form]
  const context = await browser.newContext({ viewport: { width: f.width, height: 812 }, locale: f.locale, hasTouch: true })
  await context.addInitScript((keep) => {
    for (const [k, v] of Object.entries(keep)) if (localStorage.getItem(k) === null) localStorage.setItem(k, v)
  }, f.keep)
  const page = await context.newPage()
  page.setDefaultTimeout(10000)
  page.wrong = []
  page.on('pageerror', (e) => page.wrong.push(e.message))
  page.on('console', (m) => {
    if (/content security policy/i.test(m.text())) page.wrong.push(m.text())
  })
  return page
}

async function signIn(page, login) {
  await page.goto(base + '/#/signin')
  await page.fill('#login', login)
  await page.fill('#password', PASSWORD)
  await page.click('form button.main')
  await page.waitForSelector('.big')
}

async function look(page, name) {
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

// Where to go, and what must be there when it is ready.
const PAGES = [
  ['home', '/', '.list .row'],
  ['line', '/line/residence', 'ol.steps'],
  ['changes', '/changes', '.delta'],
  ['permit', '/permit', 'img.qr'],
  ['claims', '/claims', 'main p, main .card'],
  ['claim-form', '/claim/pension?kind=review&title=x', 'input[name=reason]'],
  ['access', '/access', 'main p'],
  ['receipts', '/receipts', 'main .btn'],
  ['rules', '/rules', 'main li.row'],
  ['rule-text', '/rules/zhejiang', 'article h2, article h3'],
  ['estimate', '/estimate', 'form input'],
  ['more', '/more', '#lang'],
  ['nowhere', '/there/is/nothing', 'main .btn']
]

for (const form of Object.keys(FORMS)) {
  const page = await open(form)
  await check(`${form}: sign-in page`, async () => {
    await page.goto(base + '/')
    await page.waitForSelector('#login')
    await look(page, `${form}-signin`)
  })
  await check(`${form}: signing in leads to the points`, () => signIn(page, 'resident'))
  for (const [name, path, ready] of PAGES)
    await check(`${form}: ${name}`, async () => {
      await page.goto(base + '/#' + path)
      await page.waitForSelector(ready)
      for (const d of await page.$$('main details:not([open]) > summary')) await d.click()
      await look(page, `${form}-${name}`)
      must((await page.$$('h1')).length === 1, 'one h1')
      must((await page.title()).length > 3, 'a title')
    })
  await page.context().close()
}

await check('elder mode: main text 18, targets 60 pixels', async () => {
  const page = await open('elder')
  await signIn(page, 'resident')
  const small = await page.evaluate(() =>
    [...document.querySelectorAll('main p, main span, main b, nav span')]
      .filter((e) => e.textContent.trim() && e.offsetParent && !e.children.length && !e.classList.contains('hidden'))
      .filter((e) => parseFloat(getComputedStyle(e).fontSize) < 18)
      .map((e) => `${e.textContent} ${getComputedStyle(e).fontSize}`)
  )
  must(small.length === 0, 'small text: ' + small.join(' | '))
  await page.goto(base + '/#/signin')
  const low = await page.evaluate(() =>
    [...document.querySelectorAll('main .btn, main input, main select')].filter((e) => e.offsetParent && e.offsetHeight < 60).map((e) => e.outerHTML.slice(0, 80))
  )
  must(low.length === 0, 'low targets: ' + low.join(' | '))
  await page.context().close()
})

const numbers = async (page, selector) =>
  page.$$eval(selector, (all) => all.map((e) => Number((e.textContent.match(/-?\d+(\.\d+)?/) ?? ['0'])[0])))

await check('the lines of each part sum to it, the parts to the total', async () => {
  const page = await open('zh')
  await signIn(page, 'resident')
  const score = await page.evaluate(() => fetch('/api/v1/me/score').then((r) => r.json()))
  const shown = (await numbers(page, '.big'))[0]
  must(shown === Number(score.total), `shown ${shown}, said ${score.total}`)
  const rows = await numbers(page, '.list .row .right b')
  must(rows.length === score.lines.length, `${rows.length} lines shown of ${score.lines.length}`)
  await page.context().close()
})

await check('a suspended permit: void, with what it would be', async () => {
  const page = await open('zh')
  await signIn(page, 'suspended')
  const text = await page.textContent('main')
  must(/目前失效/.test(text) && /恢复有效后为/.test(text), text.slice(0, 200))
  must((await numbers(page, '.big'))[0] === 0, 'total 0')
  await look(page, 'zh-home-suspended')
  await page.context().close()
})

await check('unknown is not zero: an interval and whom it awaits', async () => {
  const page = await open('zh')
  await signIn(page, 'unknown')
  const text = await page.textContent('main')
  must(/至/.test(await page.textContent('.big')) && /待数据/.test(text), text.slice(0, 200))
  await look(page, 'zh-home-unknown')
  await page.context().close()
})

await check('a review request by keyboard alone; pressed twice it is filed once', async () => {
  const page = await open('zh')
  await signIn(page, 'resident')
  await page.goto(base + '/#/line/pension')
  await page.waitForSelector('.btns a')
  await page.focus('.btns a')
  await page.keyboard.press('Enter')
  await page.waitForSelector('input[name=reason]')
  must(await page.evaluate(() => document.activeElement.tagName === 'H1'), 'the heading has the focus')
  await page.keyboard.press('Tab')
  for (let i = 0; i < 12 && !(await page.evaluate(() => document.activeElement.name === 'reason')); i++) await page.keyboard.press('Tab')
  await page.keyboard.press('Space')
  await page.keyboard.press('Enter')
  await page.waitForSelector('#statement')
  await page.focus('#statement')
  await page.keyboard.type('太短')
  await page.focus('form button.main')
  await page.keyboard.press('Enter')
  await page.waitForSelector('.bad')
  must(await page.evaluate(() => document.activeElement.classList.contains('bad')), 'the errors have the focus')
  await look(page, 'zh-claim-errors')
  await page.focus('#statement')
  await page.keyboard.type('九月已经缴费，系统里没有，请核对后更正。')
  await page.setInputFiles('#files', { name: '缴费证明.png', mimeType: 'image/png', buffer: Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64') })
  await page.waitForSelector('ul .row')
  await page.focus('form button.main')
  await page.keyboard.press('Enter')
  await page.waitForSelector('#honest')
  await page.focus('#honest')
  await page.keyboard.press('Space')
  await look(page, 'zh-claim-check')
  await page.evaluate(() => {
    const form = document.querySelector('form')
    form.requestSubmit()
    form.requestSubmit()
  })
  await page.waitForSelector('[role=status] .state')
  await look(page, 'zh-claim-sent')
  const number = (await page.textContent('.state')).match(/[A-Z]\w+/)[0]
  await page.goto(base + '/#/claims')
  await page.waitForSelector('main .card .row')
  must((await page.$$('main .card .row')).length === 1, 'one request is listed')
  await page.click('main .card .row')
  await page.waitForSelector('.state')
  must((await page.textContent('main')).includes(number), number)
  await look(page, 'zh-claim')
  await page.context().close()
})

await check('an estimate without signing in', async () => {
  const page = await open('zh')
  await page.goto(base + '/#/estimate')
  await page.waitForSelector('#person-0-birth_date')
  await page.fill('#person-0-birth_date', '1991-03-01')
  await page.click('form button.main')
  await page.waitForSelector('.big')
  must((await numbers(page, '.big'))[0] > 0, 'points')
  await look(page, 'zh-estimate-result')
  await page.context().close()
})

await check('the server is gone: what was kept is shown with its day', async () => {
  const page = await open('zh')
  await signIn(page, 'resident')
  await page.route('**/api/v1/me/**', (r) => r.abort())
  await page.goto(base + '/#/more')
  await page.waitForSelector('#lang')
  await page.goto(base + '/#/')
  await page.waitForSelector('.bad')
  await page.waitForSelector('.big')
  must(/连不上服务器/.test(await page.textContent('main')), 'it says so')
  await look(page, 'zh-home-offline')
  await page.context().close()
})

await check('signing out leaves nothing of the person behind', async () => {
  const page = await open('zh')
  await signIn(page, 'resident')
  await page.goto(base + '/#/more')
  await page.click('main > p .btn')
  await page.waitForSelector('#login')
  must((await page.evaluate(() => localStorage.getItem('jifen.score'))) === null, 'kept points')
  await page.goto(base + '/#/')
  await page.waitForSelector('#login')
  await page.context().close()
})

await browser.close()
console.log(`1..${count}`)
process.exit(failed ? 1 : 0)
