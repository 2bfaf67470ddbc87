// The rule owner's desk in a real browser: a draft with faults, one that is kept, a simulation, its report; desk.mjs URL SCREENSHOTS
import { readFileSync } from 'node:fs'
import { base, check, finish, look, must, openPage, PASSWORD, shots } from './browser.mjs'

const FORMS = {
  zh: { locale: 'zh-CN', width: 1280, keep: {}, hasTouch: false },
  en: { locale: 'en-GB', width: 1280, keep: { 'jifen.lang': 'en' }, hasTouch: false },
  dark: { locale: 'zh-CN', width: 768, keep: { 'jifen.theme': 'dark' } },
  narrow: { locale: 'en-GB', width: 320, keep: { 'jifen.lang': 'en' } }
}
const desk = base + '/desk/'
const rules = readFileSync(new URL('../../rules/ruian.md', import.meta.url), 'utf8')
// Living in the county is worth 5 points at most: many lose, nobody gains.
const changed = rules.replace('归 市县个性 封顶 40分', '归 市县个性 封顶 5分')
const file = (name, text) => ({ name, mimeType: 'text/markdown', buffer: Buffer.from(text) })

const open = (form) => openPage(FORMS[form])
const kept = {}
async function signIn(page, login) {
  await page.goto(desk)
  if (kept[login]) {
    await page.context().addCookies(kept[login])
    await page.reload()
  } else {
    await page.fill('#login', login)
    await page.fill('#password', PASSWORD)
    await page.click('form button.main')
  }
  await page.waitForSelector('#simulations')
  kept[login] = await page.context().cookies()
}

await check('desk: sign-in page', async () => {
  const page = await open('zh')
  await page.goto(desk)
  await page.waitForSelector('#login')
  await look(page, 'desk-zh-signin')
  await page.context().close()
})

await check('desk: a resident is told that it is not for residents', async () => {
  const page = await open('zh')
  await page.goto(desk)
  await page.fill('#login', 'resident')
  await page.fill('#password', PASSWORD)
  await page.click('form button.main')
  await page.waitForSelector('.warn')
  await look(page, 'desk-zh-not-for')
  await page.context().close()
})

const owner = await open('zh')
await check('desk: nothing there yet', async () => {
  await signIn(owner, 'rule_owner')
  await look(owner, 'desk-zh-empty')
})

await check('desk: what is missing is said at its field, and the first one has the focus', async () => {
  await owner.click('a[href="#/drafts/new"]')
  await owner.click('form button.main')
  await owner.waitForSelector('#name-error')
  must(await owner.evaluate(() => document.activeElement.id === 'name'), 'focus at the name')
  await look(owner, 'desk-zh-draft-missing')
})

await check('desk: a draft with faults is not kept; each fault has its place and what to do', async () => {
  await owner.fill('#name', '居住分封顶五分')
  await owner.setInputFiles('#files', [file('ruian.md', rules.replace('归 市县个性 封顶 15分', '归 没有的组 封顶 15分'))])
  await owner.click('form button.main')
  await owner.waitForSelector('.findings tbody tr')
  const first = await owner.textContent('.findings tbody tr')
  must(/ruian\.md 第 \d+ 行第 \d+ 列/.test(first) && /JF\d{4}/.test(first), first)
  must(await owner.evaluate(() => document.activeElement.classList.contains('verdict')), 'the verdict has the focus')
  await look(owner, 'desk-zh-draft-faults')
})

await check('desk: mended, it is kept', async () => {
  await owner.setInputFiles('#files', [file('ruian.md', changed)])
  must(changed !== rules, 'the draft differs')
  await owner.click('form button.main')
  await owner.waitForSelector('a[href*="/simulations/new?draft="]')
  await look(owner, 'desk-zh-draft-kept')
})

await check('desk: a simulation is asked for with the keyboard, runs, and shows its figures', async () => {
  await owner.click('a[href*="/simulations/new?draft="]')
  await owner.waitForSelector('#line')
  await look(owner, 'desk-zh-ask')
  await owner.focus('#line')
  await owner.keyboard.type('100')
  await owner.keyboard.press('Enter')
  await owner.waitForSelector('.figures')
  await look(owner, 'desk-zh-done')
  const told = await owner.textContent('.figures')
  must(/减分\d+ 人/.test(told), told)
})

let number = ''
await check('desk: the report opens as a page of its own that prints', async () => {
  number = decodeURIComponent(owner.url().split('/').pop())
  const [report] = await Promise.all([owner.context().waitForEvent('page'), owner.click('a.report')])
  report.wrong = []
  report.on('console', (m) => /content security policy/i.test(m.text()) && report.wrong.push(m.text()))
  await report.waitForSelector('figure svg')
  must((await report.evaluate(() => getComputedStyle(document.body).maxWidth)) !== 'none', 'its style is there')
  await look(report, 'desk-report')
  await report.emulateMedia({ media: 'print' })
  await report.screenshot({ path: `${shots}/desk-report-print.png`, fullPage: true })
  await report.close()
})

await check('desk: a line that is none, and why it was refused', async () => {
  await owner.goto(desk + '#/simulations/new')
  await owner.waitForSelector('#line')
  await owner.fill('#line', 'abc')
  await owner.click('form button.main')
  await owner.waitForSelector('form .bad')
  await look(owner, 'desk-zh-ask-refused')
})

// What runs longer than a test may: states as the server tells them, one after another.
const told = (more) => ({
  number: 'M2026000000001', state: 'waiting', state_text: '排队', is_end: false, division: 330000, division_name: '浙江省', draft: { number: 'C2026000000001', name: '居住分封顶五分' },
  on: '2026-11-28', line: '100.00', asked: '2026-11-28T04:00:00Z', before: 2, progress: null, started: null, ended: null, rules_before: null, rules_after: null,
  known_at: null, known_seq: 0, is_exact: false, fault: null, ...more
})
const STATES = [
  told({}),
  told({ state: 'running', state_text: '进行中', before: null, progress: { phase: 'gathering', phase_text: '读取人口', done: 0, total: 0 } }),
  told({ state: 'running', state_text: '进行中', before: null, progress: { phase: 'scoring', phase_text: '按两套规则计分', done: 412305, total: 1000000 } }),
  told({ state: 'broken', state_text: '中断', is_end: true, before: null, fault: { code: 'stopped', text: '服务在模拟完成之前停止了；请重新申请' } })
]
await check('desk: waiting, gathering, scoring, broken off: words and a bar, one after another', async () => {
  const page = await open('zh')
  await signIn(page, 'rule_owner')
  let at = 0
  await page.route('**/api/v1/simulations', (r) => r.fulfill({ json: { items: [STATES[Math.min(at++, 3)], told({ number: 'M2026000000002', state: 'cancelled', state_text: '已取消', is_end: true })] } }))
  await page.reload()
  await page.waitForSelector('.state-waiting')
  await page.waitForSelector('.state-running progress:not([value])')
  await page.waitForSelector('.state-running progress[value="41"]')
  await look(page, 'desk-zh-running')
  await page.waitForSelector('.state-broken')
  must(/模拟 M2026000000001：中断/.test(await page.textContent('[role=status]')), 'the change of state is said')
  await page.context().close()
})

await check('desk: cancelling takes two presses and goes to the server once', async () => {
  const page = await open('en')
  await signIn(page, 'rule_owner')
  let posts = 0
  await page.route('**/api/v1/simulations', (r) => r.fulfill({ json: { items: [STATES[2]] } }))
  await page.route('**/cancel', (r) => (posts++, r.fulfill({ json: STATES[2] })))
  await page.reload()
  await page.waitForSelector('button.cancel')
  await page.click('button.cancel')
  must(posts === 0 && /again/.test(await page.textContent('button.cancel')), 'asked first')
  await page.click('button.cancel')
  await page.waitForFunction(() => !/again/.test(document.querySelector('button.cancel').textContent))
  must(posts === 1, `${posts} posts`)
  await page.context().close()
})

await check('desk: a session that has ended leads to signing in', async () => {
  const page = await open('zh')
  await signIn(page, 'rule_owner')
  await page.route('**/api/v1/simulations', (r) => r.fulfill({ json: { items: [STATES[0]] } }))
  await page.reload()
  await page.waitForSelector('.state-waiting')
  await page.context().clearCookies()
  await page.unroute('**/api/v1/simulations')
  await page.waitForSelector('#login')
  await page.context().close()
})

for (const form of ['en', 'dark', 'narrow'])
  await check(`desk: every page, ${form}`, async () => {
    const page = await open(form)
    await signIn(page, 'rule_owner')
    await page.waitForSelector('table.simulations')
    await look(page, `desk-${form}-home`)
    for (const [name, path, ready] of [['draft', '/drafts/new', '#files'], ['ask', '/simulations/new', '#line'], ['done', '/simulations/' + number, '.figures']]) {
      await page.goto(desk + '#' + path)
      await page.waitForSelector(ready)
      await look(page, `desk-${form}-${name}`)
      must((await page.$$('h1')).length === 1, 'one h1')
    }
    await page.context().close()
  })

await check('desk: an auditor reads, and can neither draft nor cancel', async () => {
  const page = await open('zh')
  await signIn(page, 'auditor')
  await page.waitForSelector('table.simulations')
  must((await page.$$('a[href="#/drafts/new"], button.cancel')).length === 0, 'no way to change anything')
  await page.click('table.simulations a')
  await page.waitForSelector('.figures')
  await look(page, 'desk-zh-auditor')
  await page.context().close()
})

await owner.context().close()
await finish()
