// The resident's journeys in a real browser against a real server: h5.mjs URL SCREENSHOTS
//
// Every page is looked at by axe (WCAG 2.x A and AA) with everything opened, in the forms below: languages,
// elder mode, dark, 320 pixels. TAP on stdout. A picture of every page is kept.
import { readFileSync } from 'node:fs'
import { base, browser, check, finish, look, must, openPage, PASSWORD, shots } from './browser.mjs'

const FORMS = {
  zh: { locale: 'zh-CN', width: 375, keep: {} },
  en: { locale: 'en-GB', width: 375, keep: { 'jifen.lang': 'en' } },
  elder: { locale: 'zh-CN', width: 375, keep: { 'jifen.ui': 'elder' } },
  dark: { locale: 'zh-CN', width: 320, keep: { 'jifen.theme': 'dark' } },
  narrow: { locale: 'en-GB', width: 320, keep: {} },
  'elder-narrow': { locale: 'zh-CN', width: 320, keep: { 'jifen.ui': 'elder' } }
}

const open = (form) => openPage(FORMS[form])

// By hand the first time and when asked for; the number of sign-ins in a minute is limited.
const signedIn = {}
async function signIn(page, login, byHand = false) {
  if (signedIn[login] && !byHand) {
    await page.context().addCookies(signedIn[login])
    await page.goto(base + '/#/')
    await page.reload() // from another of these pages it is no new document
    await page.waitForSelector('.big')
    return
  }
  await page.goto(base + '/#/signin')
  await page.fill('#login', login)
  await page.fill('#password', PASSWORD)
  await page.click('form button.main')
  await page.waitForSelector('.big')
  if (!byHand) signedIn[login] = await page.context().cookies()
}

// The focus moves after what it moves to is drawn.
async function focused(page, selector, what) {
  const there = await page.waitForFunction((s) => document.activeElement.matches(s), selector).catch(() => null)
  must(there, what)
}

// Where to go, and what must be there when it is ready.
const PAGES = [
  ['home', '/', '.list .row'],
  ['line', '/line/residence', '.fact dt'],
  ['changes', '/changes', '.delta'],
  ['ahead', '/ahead', '.next .state'],
  ['reach', '/reach', '.singles li'],
  ['permit', '/permit', 'img.qr'],
  ['claims', '/claims', 'main p, main .card'],
  ['claim-form', '/claim/pension?kind=review&title=x', 'input[name=reason]'],
  ['access', '/access', 'main p'],
  ['receipts', '/receipts', 'main .btn'],
  ['rules', '/rules', 'main li .row'],
  ['rule-text', '/rules/zhejiang', 'article h2, article h3'],
  ['estimate', '/estimate', 'form input'],
  ['more', '/more', '#lang'],
  ['nowhere', '/there/is/nothing', 'main .btn']
]

async function walk(form) {
  const page = await open(form)
  await check(`${form}: sign-in page`, async () => {
    await page.goto(base + '/')
    await page.waitForSelector('#login')
    await look(page, `${form}-signin`)
  })
  await check(`${form}: signing in leads to the points`, () => signIn(page, 'resident', form === 'zh' || form === 'en'))
  for (const [name, path, ready] of PAGES)
    await check(`${form}: ${name}`, async () => {
      await page.goto(base + '/#' + path)
      await page.waitForSelector(ready)
      for (const d of await page.$$('main details:not([open]) > summary')) await d.click()
      await look(page, `${form}-${name}`)
      if (name === 'line') {
        await page.waitForSelector('ul.history')
        const torn = await page.$$eval('ul.history .date', (all) => all.filter((e) => e.getClientRects().length > 1).length)
        must(torn === 0, `${torn} dates over two lines`)
        await look(page, `${form}-line-history`)
      }
      if (name === 'permit')
        for (const b of await page.$$('main section .card > .btn.wide')) {
          await b.click()
          await look(page, `${form}-permit-step`)
        }
      must((await page.$$('h1')).length === 1, 'one h1')
      must((await page.title()).length > 3, 'a title')
    })
  await page.context().close()
}

// Two at a time.
const waiting = Object.keys(FORMS)
const lane = async () => {
  for (let form = waiting.shift(); form; form = waiting.shift()) await walk(form)
}
await Promise.all([lane(), lane()])

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

// Whatever comes first, what asks early or the program, and when they come as they come.
for (const late of [null, 'early.js', 'assets/*.js'])
  await check(`the first page asks for each thing once, in few and small answers${late ? `; ${late} comes late` : ''}`, () => asksOnce(late))

async function asksOnce(late) {
  const page = await open('zh')
  await signIn(page, 'resident')
  let came = Promise.resolve()
  if (late) {
    await page.route('**/' + late, (r) => setTimeout(() => r.continue().catch(() => undefined), 1500))
    came = page.waitForResponse('**/' + late)
  }
  const asked = []
  const bytes = []
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Network.enable')
  await cdp.send('Network.setCacheDisabled', { cacheDisabled: true })
  cdp.on('Network.loadingFinished', (e) => bytes.push(e.encodedDataLength))
  page.on('request', (r) => asked.push(r.url().replace(base, '')))
  await page.goto('about:blank')
  await page.goto(base + '/')
  await page.waitForSelector('.list .row')
  await came
  await page.waitForLoadState('networkidle')
  must(asked.filter((x) => x.includes('/api/')).length === 2 && new Set(asked).size === asked.length, asked.join(' '))
  must(asked.length <= 8, asked.join(' ')) // one of them is about:blank's or the icon
  const sum = bytes.reduce((a, b) => a + b, 0)
  must(sum < 75000, `${sum} bytes`)
  await page.context().close()
}

await check('an early answer of nobody is not taken after signing in', async () => {
  const page = await open('zh')
  await page.addInitScript(() => localStorage.setItem('jifen.who', 'x x 1'))
  await page.goto(base + '/')
  await page.waitForSelector('#login')
  await page.fill('#login', 'resident')
  await page.fill('#password', PASSWORD)
  await page.click('form button.main')
  await page.waitForSelector('.list .row')
  await page.context().close()
})

await check('staff are told what they are signed in as, in words', async () => {
  const page = await open('zh')
  await page.goto(base + '/#/signin')
  await page.fill('#login', 'department')
  await page.fill('#password', PASSWORD)
  await page.click('form button.main')
  await page.waitForSelector('main .warn')
  must(/供数部门/.test(await page.textContent('main .warn')), await page.textContent('main .warn'))
  await page.click('header .tools button >> nth=0')
  await page.waitForFunction(() => /data department/.test(document.querySelector('main .warn')?.textContent ?? ''))
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
  await focused(page, 'h1', 'the heading has the focus')
  await page.keyboard.press('Tab')
  for (let i = 0; i < 12 && !(await page.evaluate(() => document.activeElement.name === 'reason')); i++) await page.keyboard.press('Tab')
  await page.keyboard.press('Space')
  await page.waitForSelector('input[name=reason]:checked')
  await page.keyboard.press('Enter')
  await page.waitForSelector('#statement')
  await page.focus('#statement')
  await page.keyboard.type('太短')
  await page.focus('form button.main')
  await page.keyboard.press('Enter')
  await page.waitForSelector('.bad')
  await focused(page, '.bad', 'the errors have the focus')
  must(/至少 10 个字/.test(await page.textContent('#statement-error')), 'the same words at the field')
  await look(page, 'zh-claim-errors')
  await page.focus('.bad a')
  await page.keyboard.press('Enter')
  await focused(page, '#statement', 'an error leads to its field')
  await page.keyboard.press('End')
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
  must(/已提交/.test(await page.textContent('[role=status] h2')), 'it is submitted, not yet accepted')
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

await check('elder mode at 320 pixels: no button breaks its word', async () => {
  const page = await open('elder-narrow')
  await page.goto(base + '/#/signin')
  await page.waitForSelector('.row .btn')
  const tall = await page.$$eval('.row .btn', (all) => all.filter((e) => e.offsetHeight > 62).length)
  must(tall === 0, `${tall} buttons of two lines`)
  await page.context().close()
})

// What a clerk at the window does: finds a person by the number on a card, reads the points.
async function readByClerk(login) {
  const demo = `${shots}/../demo/`
  const code = JSON.parse(readFileSync(demo + 'accounts.json', 'utf8')).find((a) => a.login === login).person
  const card = readFileSync(demo + 'identity.csv', 'utf8').split('\n').find((x) => x.startsWith(code + ',')).split(',')[1]
  const ask = async (method, path, headers, body) => {
    const r = await fetch(base + '/api/v1' + path, { method, headers: { 'Content-Type': 'application/json', ...headers }, body: body && JSON.stringify(body) })
    must(r.ok, `${path}: ${r.status} ${r.ok ? '' : await r.text()}`)
    return r.json()
  }
  const { token } = await ask('POST', '/session', {}, { login: 'clerk', password: PASSWORD, mode: 'bearer' })
  const who = { Authorization: 'Bearer ' + token, 'X-Purpose': 'window' }
  const { matches } = await ask('POST', '/staff/persons/find', who, { id_number: card })
  await ask('GET', `/staff/persons/${matches[0].person}/score`, who)
}

await check('a clerk looks at somebody: that person sees who, from where and why', async () => {
  const page = await open('zh')
  await signIn(page, 'resident')
  await readByClerk('resident')
  for (const form of ['zh', 'elder']) {
    await page.evaluate((ui) => (document.documentElement.dataset.ui = ui), form)
    await page.goto(base + '/#/access')
    await page.waitForSelector('main li.row')
    const text = await page.textContent('main')
    must(/瑞安市行政服务中心/.test(text) && /窗口/.test(text), text)
    must((await page.$$('main li.row')).length === 2, 'the search and the reading')
    await look(page, `${form}-access-seen`)
  }
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

await check('an estimate looks ahead and says how to reach a line, without signing in', async () => {
  for (const form of ['zh', 'en', 'elder-narrow', 'dark']) {
    const page = await open(form)
    const fill = (id, value) => page.fill('#' + id, value)
    await page.goto(base + '/#/estimate')
    await page.waitForSelector('#person-0-birth_date')
    await fill('person-0-birth_date', '1986-12-20')
    for (const r of ['residence', 'pension']) await page.click('#add-' + r)
    await page.selectOption('#residence-0-division', '330381')
    await fill('residence-0-from', '2020-03-15')
    await page.selectOption('#pension-0-division', '330381')
    await fill('pension-0-from_month', '2022-01')
    await fill('pension-0-to_month', '2026-10')
    await page.click('form button.main')
    await page.waitForSelector('.big')
    const total = (await numbers(page, '.big'))[0]
    const facts = { person: [{ birth_date: '1986-12-20' }], residence: [{ division: '330381', from: '2020-03-15' }], pension: [{ division: '330381', from_month: '2022-01', to_month: '2026-10' }] }
    const ask = (path, more) => page.evaluate(([p, body]) => fetch('/api/v1/estimate/' + p, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }).then((r) => r.json()), [path, { division: 330381, facts, ...more }])

    const [ahead, reach] = await page.$$('main button[aria-expanded]')
    await ahead.focus()
    await page.keyboard.press('Enter')
    await page.waitForSelector('.next .state')
    const said = await ask('forecast', { years: 5 })
    must(Number(said.curve[0].total.lo) === total, `the curve begins with ${total}`)
    must((await page.$$('details.day')).length === said.changes.length && said.changes.length > 0, 'every change is listed')
    await page.focus('input[role=switch]')
    await page.keyboard.press('Space')
    await page.waitForSelector('.assumed')
    must((await page.$$('.curve .dashed')).length === 1, 'the curve is dashed')
    await look(page, `${form}-estimate-ahead`)
    await ahead.click()

    await reach.click()
    await page.waitForSelector('.singles li')
    await page.fill('#line', String(total + 3))
    await page.focus('#line')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.answer h2')
    const way = (await ask('advice', { line: String(total + 3) })).line.way
    must((await page.$$('.answer li')).length === way.changes.length, 'every step of the way')
    await look(page, `${form}-estimate-reach`)
    must((await page.$$('main a[href*="#/line/"], main a[href*="#/permit"]')).length === 0, 'no link that asks to sign in')

    if (form !== 'zh') {
      await page.context().close()
      continue
    }
    // other facts, another answer: what is open is of the new ones
    await fill('person-0-birth_date', '1996-12-20')
    const [answer] = await Promise.all([page.waitForResponse('**/api/v1/estimate/advice'), page.click('form button.main')])
    must(JSON.parse(answer.request().postData()).facts.person[0].birth_date === '1996-12-20', 'asked for the new facts')
    await page.context().close()
  }
})

await check('an estimate that looks ahead while the server is busy can be tried again', async () => {
  const page = await open('narrow')
  await page.goto(base + '/#/estimate')
  await page.waitForSelector('#person-0-birth_date')
  await page.fill('#person-0-birth_date', '1991-03-01')
  await page.click('form button.main')
  await page.waitForSelector('.big')
  const address = '**/api/v1/estimate/advice'
  await page.route(address, (r) => r.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify({ title: 'the service is busy', status: 503, code: 'JH0201' }) }))
  await page.click('main button[aria-expanded] >> nth=1')
  await page.waitForSelector('.bad')
  await look(page, 'narrow-estimate-busy')
  await page.unroute(address)
  await page.click('.bad .btn')
  await page.waitForSelector('.singles li')
  must((await page.$('.bad')) === null, 'it is well again')
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
  await signIn(page, 'resident', true)
  await page.goto(base + '/#/more')
  await page.click('main > p .btn')
  await page.waitForSelector('#login')
  must((await page.evaluate(() => localStorage.getItem('jifen.score'))) === null, 'kept points')
  await page.goto(base + '/#/')
  await page.waitForSelector('#login')
  await page.context().close()
})

const claimsOf = (page, indicator) =>
  page.evaluate((i) => fetch('/api/v1/me/claims').then((r) => r.json()).then((x) => x.items.filter((c) => c.indicator === i)), indicator)

// A claim about a line, filled in up to its last page.
async function fillClaim(page, indicator, kind) {
  await page.goto(`${base}/#/claim/${indicator}?kind=${kind}&title=${indicator}`)
  await page.check('input[name=reason] >> nth=0')
  await page.click('form button.main')
  await page.fill('#statement', 'The register lacks what the enclosed paper shows.')
}

await check('the answer is lost: sent again with the same key, there is one claim', async () => {
  const page = await open('en')
  await signIn(page, 'unknown')
  await fillClaim(page, 'residence', 'review')
  await page.click('form button.main')
  await page.check('#honest')
  const keys = []
  await page.route('**/api/v1/me/claims', async (route) => {
    if (route.request().method() !== 'POST') return route.fallback()
    keys.push(route.request().headers()['idempotency-key'])
    await route.fetch() // it arrives, but its answer does not
    await route.abort()
  })
  await page.click('form button.main')
  await page.waitForSelector('.bad')
  await look(page, 'en-claim-lost')
  await page.unroute('**/api/v1/me/claims')
  const [request] = await Promise.all([page.waitForRequest((r) => r.method() === 'POST' && r.url().endsWith('/me/claims')), page.click('form button.main')])
  keys.push(request.headers()['idempotency-key'])
  await page.waitForSelector('.state')
  must(keys.length === 2 && keys[0] && keys[0] === keys[1], 'keys ' + keys.join(' '))
  must((await claimsOf(page, 'residence')).length === 1, 'one claim')
  await page.context().close()
})

await check('a claim without material is not let through; a draft survives a reload', async () => {
  const page = await open('elder')
  await signIn(page, 'unknown')
  await fillClaim(page, 'education', 'claim')
  await page.click('form button.main')
  await page.waitForSelector('#files-error')
  await look(page, 'elder-claim-errors')
  await page.reload()
  await page.waitForSelector('input[name=reason]:checked')
  await page.click('form button.main')
  must((await page.inputValue('#statement')).startsWith('The register lacks'), 'the statement is still there')
  await page.setInputFiles('#files', { name: 'paper.gif', mimeType: 'image/gif', buffer: Buffer.from('GIF89a') })
  await page.waitForSelector('#files-error')
  must((await page.textContent('#files-error')).includes('paper.gif'), 'the file is named')
  await page.context().close()
})

await check('a photograph is made smaller before it is sent', async () => {
  const page = await open('zh')
  await signIn(page, 'unknown')
  await fillClaim(page, 'skill', 'claim')
  const photo = await page.evaluate(async () => {
    const canvas = document.createElement('canvas')
    canvas.width = 3000
    canvas.height = 2000
    const pen = canvas.getContext('2d')
    const dots = pen.createImageData(3000, 2000)
    for (let i = 0, x = 1; i < dots.data.length; i++) dots.data[i] = i % 4 === 3 ? 255 : (x = (x * 16807) % 2147483647) & 255
    pen.putImageData(dots, 0, 0)
    return canvas.toDataURL('image/jpeg', 0.9).split(',')[1]
  })
  const bytes = Buffer.from(photo, 'base64')
  await page.setInputFiles('#files', { name: '证书.jpg', mimeType: 'image/jpeg', buffer: bytes })
  await page.waitForSelector('ul .row')
  const kb = Number((await page.textContent('ul .row .num')).match(/\d+/)[0])
  must(kb * 1024 < bytes.length / 2, `${kb} KB of ${bytes.length} bytes`)
  await page.click('form button.main')
  await page.check('#honest')
  await page.click('form button.main')
  await page.waitForSelector('.state')
  await page.click('section .btn.main')
  await page.waitForSelector('a[href*="/materials/"]')
  const type = await page.evaluate(() => fetch(document.querySelector('a[href*="/materials/"]').href).then((r) => r.headers.get('content-type')))
  must(type === 'image/jpeg', 'the material comes back: ' + type)
  await page.click('.btns .btn') // withdraw: asks first
  await page.click('.btns .btn.main')
  await page.waitForFunction(() => document.querySelector('.state').textContent.includes('撤回'))
  await look(page, 'zh-claim-withdrawn')
  await page.context().close()
})

await check('a permit is given up only after a ground and a second press', async () => {
  const page = await open('zh')
  await signIn(page, 'unknown')
  await page.goto(base + '/#/permit')
  await page.waitForSelector('main .card > .btn.wide')
  const sent = []
  page.on('request', (r) => r.method() === 'POST' && sent.push(r.url()))
  const buttons = await page.$$('main .card > .btn.wide')
  await buttons[buttons.length - 1].click()
  await page.waitForSelector('input[name=ground-cancel]')
  await focused(page, 'h3', 'the focus is at the step')
  await page.click('main form .btn.main')
  must(sent.length === 0, 'sent without a ground')
  must((await page.$('input[value=death]')) === null, 'nobody declares their own death')
  must((await page.$('input[value=conditions_lapsed]')) === null, 'what is for the office to find is not offered')
  await page.check('input[value=own_request]')
  await page.click('main form .btn:not(.main)')
  must((await page.$('input[name=ground-cancel]')) === null && sent.length === 0, 'it can be left')
  await page.context().close()
})

await check('what comes next where data is missing, and where the points are void', async () => {
  for (const who of ['unknown', 'suspended']) {
    const page = await open('dark')
    await signIn(page, who)
    await page.goto(base + '/#/ahead')
    await page.waitForSelector('.next')
    if (who === 'unknown') must((await page.$$('.curve .most')).length === 1, 'the interval')
    else must(/中止/.test(await page.textContent('.next')), `void today: ${await page.textContent('.next')}`)
    await look(page, `dark-ahead-${who}`)
    await page.goto(base + '/#/reach')
    await page.waitForSelector('.singles, .warn a[href$="#/permit"]')
    must(((await page.$('.warn a[href$="#/permit"]')) !== null) === (who === 'suspended'), 'how to restore, where it is void')
    await look(page, `dark-reach-${who}`)
    await page.context().close()
  }
})

await check('a missed endorsement made up for: the points count on the next look', async () => {
  const page = await open('zh')
  await signIn(page, 'suspended')
  await page.click('.head .btn') // how to restore it
  await page.waitForSelector('main .card > .btn.wide')
  await page.click('main .card > .btn.wide')
  await page.click('main form .btn.main')
  await page.waitForFunction(() => /有效/.test(document.querySelector('.state').textContent))
  must(/已办理/.test(await page.textContent('main')), 'it says so')
  await page.waitForSelector('img.qr')
  await look(page, 'zh-permit-restored')
  await page.goto(base + '/#/')
  await page.waitForSelector('.big')
  must((await numbers(page, '.big'))[0] > 0, 'points in force again')
  await page.context().close()
})

const answerOf = (page, path) => page.evaluate((p) => fetch('/api/v1' + p).then((r) => r.json()), path)
const withoutJoiners = (text) => text.replace(/\u2060/g, '')

await check('what comes next: the day, the reason, the clause and the points that the server says', async () => {
  const page = await open('zh')
  await signIn(page, 'resident')
  await page.click('.head a[href$="#/ahead"]')
  await page.waitForSelector('.next .state')
  const said = await answerOf(page, '/me/forecast?years=5')
  const first = said.changes[0]
  const [y, m, d] = first.day.split('-').map(Number)
  const text = withoutJoiners(await page.textContent('.next'))
  for (const part of [`${y}年${m}月${d}日`, String(Number(first.total.from.lo)), String(Number(first.total.to.lo)), first.indicators[0].reason.text, first.indicators[0].reason.basis])
    must(text.includes(part), `${part} in ${text}`)
  must((await page.$$('details.day')).length === said.changes.length, 'every change is listed')
  must((await page.$$('.curve .dashed')).length === 0, 'nothing is dashed without an assumption')
  const rows = await page.$$eval('table tbody tr', (all) => all.map((e) => [...e.children].map((c) => c.textContent)))
  must(rows.length === said.curve.length && rows.every(([day, total], i) => day === said.curve[i].day && (said.curve[i].status.code === 'ERROR' ? total === '算不出' : Number(total) === Number(said.curve[i].total.lo))), 'the table says what the curve does')
  must(said.decided_until === '2028-07-25' && said.curve.every((s) => s.status.code !== 'ERROR' && s.day <= said.decided_until), 'the curve ends with the rules, without a fall to nothing')
  must(/2028年7月25日，以后怎样还没有规定/.test(withoutJoiners(await page.textContent('.undecided'))), 'it says where the rules end')
  must((await page.$('nav .on')) !== null && /轨迹/.test(await page.textContent('nav .on')), 'the tab')
  await page.context().close()
})

await check('an assumption is marked as one, by keyboard too; years can be chosen', async () => {
  for (const form of ['zh', 'en', 'elder-narrow', 'dark']) {
    const page = await open(form)
    await signIn(page, 'resident')
    await page.goto(base + '/#/ahead')
    await page.waitForSelector('.next .state')
    must((await page.$('.assumed')) === null, 'no assumption unless asked for')
    await page.focus('input[role=switch]')
    await page.keyboard.press('Space')
    await page.waitForSelector('.assumed')
    must(/不是承诺|no promise/.test(await page.textContent('.assumed')), 'no promise')
    must((await page.$$('.curve .dashed')).length === 1, 'the curve is dashed')
    await look(page, `${form}-ahead-assumed`)
    await page.focus('input[name=years]:checked')
    await page.keyboard.press('ArrowDown')
    const said = await answerOf(page, '/me/forecast?years=10&assume=pension,residence')
    await page.waitForFunction((n) => document.querySelectorAll('details.day').length === n, said.changes.length)
    must(said.changes.length > 0 && (await page.$eval('input[name=years]:checked', (e) => e.value)) === '10', 'ten years')
    await page.context().close()
  }
})

await check('nothing will change: it says so', async () => {
  const page = await open('narrow')
  await signIn(page, 'resident')
  const said = await answerOf(page, '/me/forecast?years=5')
  await page.route('**/api/v1/me/forecast*', (r) => r.fulfill({ json: { ...said, changes: [], curve: said.curve.slice(0, 1) } }))
  await page.goto(base + '/#/ahead')
  await page.waitForSelector('.next')
  must(/does not change/.test(await page.textContent('.next')), await page.textContent('.next'))
  await look(page, 'narrow-ahead-nothing')
  await page.context().close()
})

await check('how to reach a line: by keyboard, the answer has the focus', async () => {
  const page = await open('zh')
  await signIn(page, 'resident')
  await page.click('.head a[href$="#/reach"]')
  await page.waitForSelector('.singles li')
  const total = Number((await answerOf(page, '/me/score')).total)
  for (const line of [total - 1, total + 3]) {
    await page.fill('#line', String(line))
    await page.focus('#line')
    await page.keyboard.press('Enter')
    await page.waitForFunction((n) => document.querySelector('.answer h2')?.textContent.includes(n), String(line))
    await focused(page, '.answer h2', 'the answer has the focus')
    const said = (await answerOf(page, '/me/advice?line=' + line)).line
    const text = await page.textContent('.answer')
    must(said.reached === /已经达到/.test(text), text)
    must((await page.$$('.answer li')).length === (said.way?.changes.length ?? 0), 'every step of the way')
    await look(page, `zh-reach-${said.reached ? 'reached' : 'way'}`)
  }
  must(/不是承诺/.test(await page.textContent('main')), 'no promise')
  const said = await answerOf(page, '/me/advice')
  must((await page.$$('.singles > li')).length === said.changes.filter((c) => c.smallest).length, 'one of each kind')
  must((await page.$$('.singles .row')).length === said.changes.filter((c) => !c.smallest).length, 'the larger ones below it')
  must(said.idle.length > 0 && (await page.$$('main ul.card > li.row')).length === said.idle.length, 'what gains nothing')
  await page.context().close()
})

// What the demonstration's people do not have: pairs, what gains nothing, waiting, no way.
await check('pairs that help only together, what gains nothing, no way', async () => {
  for (const form of ['narrow', 'elder-narrow']) {
    const page = await open(form)
    await signIn(page, 'resident')
    const said = await answerOf(page, '/me/advice')
    const [one, two] = said.changes.filter((c) => c.smallest)
    const set = { changes: [one, two], day: one.day, gain: one.gain, total: one.total, without: one.without }
    const idle = ['goes_on', 'full', 'cap', 'undecided', 'no_gain'].map((why) => ({ name: why, title: one.register.title, why, cap_of: null }))
    const line = { points: '300.00', reached: false, way: null, by_waiting: one.day, proved: false }
    await page.route('**/api/v1/me/advice*', (r) => r.fulfill({ json: { ...said, changes: [], together: [set], best_pair: set, idle, line, cut: ['values', 'pairs', 'sets'] } }))
    await page.goto(base + '/#/reach')
    await page.waitForSelector('.answer')
    must((await page.$$('main ul.steps li')).length === 4 && (await page.$$('main ul.card > li.row')).length === 5, 'pairs and idle ones')
    await look(page, `${form}-reach-pairs`)
    await page.context().close()
  }
})

await check('the pages that look ahead, failing and slow', async () => {
  const page = await open('zh')
  await signIn(page, 'resident')
  for (const [name, path] of [['ahead', 'forecast'], ['reach', 'advice']]) {
    const address = `**/api/v1/me/${path}*`
    await page.route(address, (r) => r.abort())
    await page.goto(`${base}/#/${name}`)
    await page.waitForSelector('.bad')
    await look(page, `zh-${name}-failing`)
    await page.unroute(address)
    await page.route(address, (r) => setTimeout(() => r.continue().catch(() => undefined), 4000))
    await page.click('.bad .btn')
    await page.waitForFunction(() => /网络较慢/.test(document.querySelector('main').textContent))
    await page.waitForSelector('.next, .singles li')
    must((await page.$('.bad')) === null, 'it is well again')
    await page.unroute(address)
  }
  await page.context().close()
})

await check('a receipt of today says what the page says', async () => {
  const page = await open('zh')
  await signIn(page, 'resident')
  const total = (await numbers(page, '.big'))[0]
  await page.goto(base + '/#/receipts')
  await page.click('main .btn.main')
  await page.click('main a.row')
  await page.waitForSelector('.big')
  must((await numbers(page, '.big'))[0] === total, 'the total')
  await look(page, 'zh-receipt')
  await page.context().close()
})

await check('from a line to its place in the rules', async () => {
  const page = await open('zh')
  await signIn(page, 'resident')
  await page.click('.list .row >> nth=0')
  await page.click('a[href*="/rules/"]')
  await page.waitForSelector('article h2, article h3')
  must(/年龄/.test(await page.evaluate(() => document.activeElement.textContent)), 'its heading has the focus')
  await page.context().close()
})

await check('language and size change where one is, without losing what was written', async () => {
  const page = await open('zh')
  await page.goto(base + '/#/estimate')
  await page.fill('#person-0-birth_date', '1991-03-01')
  await page.click('.tool >> nth=0')
  await page.waitForFunction(() => document.documentElement.lang === 'en' && /birth date/i.test(document.querySelector('main').textContent))
  await page.click('.tool >> nth=1')
  must((await page.getAttribute('html', 'data-ui')) === 'elder', 'elder mode')
  must((await page.inputValue('#person-0-birth_date')) === '1991-03-01', 'the date is still there')
  await look(page, 'en-elder-estimate')
  await page.context().close()
})

await check('an error of the server: plain words, its code, and what was kept', async () => {
  const page = await open('zh')
  await signIn(page, 'resident')
  const problem = { type: 'about:blank', title: '系统繁忙', status: 503, detail: '请稍后再试。', code: 'JH0503', instance: 'urn:x:0123456789ab' }
  await page.route('**/api/v1/me/**', (r) => r.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify(problem) }))
  await page.goto(base + '/#/claims')
  await page.waitForSelector('.bad')
  const text = await page.textContent('main')
  must(/系统繁忙/.test(text) && /JH0503/.test(text), text)
  await look(page, 'zh-claims-failing')
  await page.goto(base + '/#/')
  await page.waitForSelector('.big')
  await look(page, 'zh-home-failing')
  await page.context().close()
})

await check('a slow network: words at once, more words after a while, never an empty page', async () => {
  const page = await open('zh')
  await signIn(page, 'resident')
  await page.route('**/api/v1/me/permit', (r) => setTimeout(() => r.continue().catch(() => undefined), 4500))
  await page.goto(base + '/#/permit')
  await page.waitForSelector('.waiting')
  await look(page, 'zh-permit-slow')
  await page.waitForFunction(() => /网络较慢/.test(document.querySelector('main').textContent))
  await page.waitForSelector('.state')
  await page.context().close()
})

await check('a rule text is text, whatever it says', async () => {
  const page = await open('zh')
  const markdown = '# <img src=x onerror="document.title=1">\n\n<script>document.title=1</script> **a** `b`\n\n1. one\n2. two\n\n| a | b |\n|---|---|\n| 1 | <b>2</b> |\n'
  await page.route('**/api/v1/rules/text/*', (r) => r.fulfill({ status: 200, contentType: 'application/json', body: JSON.stringify({ markdown }) }))
  await page.goto(base + '/#/rules/zhejiang')
  await page.waitForSelector('article table')
  const found = await page.evaluate(() => [document.querySelectorAll('article img, article script, article td b').length, document.querySelectorAll('article ol li').length, document.querySelector('article h2').textContent])
  must(found[0] === 0 && found[1] === 2 && found[2].includes('<img'), JSON.stringify(found))
  await page.context().close()
})

await check('another person signs in on the same device: nothing kept of the one before', async () => {
  const page = await open('zh')
  await signIn(page, 'resident', true)
  await page.goto(base + '/#/claim/blood?kind=review&title=x')
  await page.check('input[name=reason] >> nth=1')
  must((await page.evaluate(() => localStorage.getItem('jifen.draft.blood'))) !== null, 'a draft')
  await page.context().clearCookies() // the session ends by itself
  await page.goto(base + '/#/signin')
  await page.reload()
  must((await page.evaluate(() => localStorage.getItem('jifen.draft.blood'))) !== null, 'the draft outlives the session')
  await page.fill('#login', 'unknown')
  await page.fill('#password', PASSWORD)
  await page.click('form button.main')
  await page.waitForSelector('.big')
  must((await page.evaluate(() => localStorage.getItem('jifen.draft.blood'))) === null, 'but not another person')
  await page.context().close()
})

await check('the session is about to end: it says so', async () => {
  const page = await open('zh')
  await page.route('**/api/v1/session', async (r) => {
    const answer = await r.fetch()
    const body = await answer.json()
    if (body.signed_in) body.expires = new Date(Date.now() + 100000).toISOString()
    await r.fulfill({ response: answer, json: body })
  })
  await signIn(page, 'resident')
  await page.waitForFunction(() => /登录快到时间了/.test(document.querySelector('main').textContent))
  await look(page, 'zh-home-ending')
  await page.context().close()
})

await check('signing in with the keyboard from the top of the page', async () => {
  const page = await open('zh')
  await page.goto(base + '/#/signin')
  await page.waitForSelector('#login')
  await page.keyboard.press('Tab')
  must(await page.evaluate(() => document.activeElement.classList.contains('skip')), 'the skip link is first')
  await page.keyboard.press('Enter')
  for (let i = 0; i < 6 && !(await page.evaluate(() => document.activeElement.id === 'login')); i++) await page.keyboard.press('Tab')
  await page.keyboard.type('resident')
  await page.keyboard.press('Tab')
  await page.keyboard.type(PASSWORD)
  await page.keyboard.press('Enter')
  await page.waitForSelector('.big')
  await focused(page, 'h1', 'the heading has the focus')
  for (let i = 0; i < 12 && !(await page.evaluate(() => document.activeElement.matches('.list .row'))); i++) await page.keyboard.press('Tab')
  const at = await page.evaluate(() => {
    const r = document.activeElement.getBoundingClientRect()
    return r.bottom <= document.querySelector('.tabs').getBoundingClientRect().top + 1
  })
  must(at, 'what has the focus is not behind the tabs')
  await page.keyboard.press('Enter')
  await page.waitForSelector('.steps, .fact')
  await page.context().close()
})

await finish()
