// Largest paint of the resident's points in Chromium over slow networks: pages.mjs LOGIN [RUNS] NAME=URL…
//
// A demonstration serves each URL (./dev run). Cold cache, signed in, 375 pixels, processor four times slower, as
// the budgets were measured; the URLs take turns, so that a busy machine is busy for all. Prints medians and ranges.
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const { chromium } = createRequire(fileURLToPath(new URL('../web/', import.meta.url)))('playwright-core')
const [login, runs, ...rest] = process.argv.slice(2)
const targets = rest.map((x) => x.split(/=(.*)/s).slice(0, 2))
const NETS = { 'slow 4G': { latency: 150, kbps: 1600, budget: 1500 }, '3G': { latency: 400, kbps: 400, budget: 3000 } }
const PASSWORD = 'jifen-demo-2026'
const median = (xs) => [...xs].sort((a, b) => a - b)[Math.floor(xs.length / 2)]

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-quic', '--no-first-run']
})
const open = (state) => browser.newContext({ viewport: { width: 375, height: 812 }, locale: 'zh-CN', storageState: state })

async function signIn(url) {
  const context = await open()
  const page = await context.newPage()
  await page.goto(url + '/#/signin')
  await page.fill('#login', login)
  await page.fill('#password', PASSWORD)
  await page.click('form button.main')
  await page.waitForSelector('.big')
  const state = await context.storageState()
  await context.close()
  return state
}

async function paint(url, state, net) {
  const context = await open(state)
  const page = await context.newPage()
  const cdp = await context.newCDPSession(page)
  const rate = (net.kbps * 1000) / 8
  let bytes = 0
  let requests = 0
  await cdp.send('Network.enable')
  await cdp.send('Network.emulateNetworkConditions', { offline: false, latency: net.latency, downloadThroughput: rate, uploadThroughput: rate })
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: 4 })
  cdp.on('Network.loadingFinished', (e) => (bytes += e.encodedDataLength))
  cdp.on('Network.requestWillBeSent', () => requests++)
  await page.addInitScript(() => {
    new PerformanceObserver((l) => (window.largest = l.getEntries().at(-1).startTime)).observe({ type: 'largest-contentful-paint', buffered: true })
  })
  await page.goto(url + '/')
  await page.waitForSelector('.list .row')
  await page.waitForTimeout(600)
  const largest = await page.evaluate(() => window.largest)
  await context.close()
  return { largest, bytes, requests }
}

const states = {}
for (const [name, url] of targets) states[name] = await signIn(url)
for (const [net, conditions] of Object.entries(NETS)) {
  const found = Object.fromEntries(targets.map(([name]) => [name, []]))
  for (let i = 0; i < Number(runs); i++) for (const [name, url] of targets) found[name].push(await paint(url, states[name], conditions))
  for (const [name, rows] of Object.entries(found)) {
    const ms = rows.map((r) => r.largest)
    console.log(
      `${net}  ${name}  largest paint ${Math.round(median(ms))} ms (${Math.round(Math.min(...ms))} to ${Math.round(Math.max(...ms))}), ` +
        `budget ${conditions.budget}; ${rows[0].requests} requests, ${(rows[0].bytes / 1000).toFixed(1)} KB`
    )
  }
}
await browser.close()
