// The JSON interface as the server documents it (docs/API.md). One place for the session's token,
// the reader's language, idempotency keys and problem details.
import { lang } from './i18n'
import { http, type Answer, type Transport } from './transport'

export interface Problem {
  title: string
  detail?: string
  code: string
  status: number
  instance?: string
  field?: string
}

export class ApiError extends Error {
  constructor(public problem: Problem) {
    super(problem.title)
  }
}

let csrf = ''
export const setCsrf = (token: string) => (csrf = token)

let transport: Transport = http
let bearer = ''
export const useTransport = (t: Transport) => (transport = t)
export const signInMode = () => (transport.cookies ? 'cookie' : 'bearer')
export const setBearer = (token: string) => (bearer = token)

// What staff look at somebody's business for; residents have no purpose to name.
let purpose = ''
export const setPurpose = (word: string) => (purpose = word)

const OFFLINE: Problem = { title: 'offline', code: 'OFFLINE', status: 0 }

async function problemOf(r: Answer): Promise<Problem> {
  try {
    const p = (await r.json()) as Problem
    if (p.title) return p
  } catch {
    // not JSON: a proxy or a gateway answered
  }
  return { title: r.text || String(r.status), code: 'HTTP' + r.status, status: r.status }
}

// Fifteen seconds: longer than any answer takes, shorter than people's patience. What is sent along
// may take its time at 20 kB/s.
const PATIENCE_MS = 15000
const BYTES_PER_MS = 20

async function call<T>(method: string, path: string, value?: unknown, key?: string): Promise<T> {
  const headers: Record<string, string> = { 'Accept-Language': lang.value }
  const body = value === undefined ? undefined : JSON.stringify(value)
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  if (bearer) headers.Authorization = 'Bearer ' + bearer
  if (method !== 'GET' && csrf) headers['X-CSRF-Token'] = csrf
  if (key) headers['Idempotency-Key'] = key
  if (purpose) headers['X-Purpose'] = purpose
  let r: Answer
  try {
    r = await transport.send({ method, path, headers, body, patience: PATIENCE_MS + (body?.length ?? 0) / BYTES_PER_MS })
  } catch {
    throw new ApiError(OFFLINE)
  }
  if (r.status < 200 || r.status > 299) throw new ApiError(await problemOf(r))
  return (r.status === 204 ? undefined : await r.json()) as T
}

export const get = <T>(path: string) => call<T>('GET', path)
export const post = <T>(path: string, body: unknown, key?: string) => call<T>('POST', path, body, key)
export const del = <T>(path: string) => call<T>('DELETE', path)

// A fresh key for one submission; the same one is sent again when it is repeated.
export function newKey(): string {
  const b = new Uint8Array(16)
  crypto.getRandomValues(b)
  return Array.from(b, (x) => x.toString(16).padStart(2, '0')).join('')
}

export interface Named {
  name: string
  title: string
}
export interface Span {
  lo: string
  hi: string
}
export interface Part extends Named {
  points: string
  points_max: string
  ceiling: string | null
  deducts: boolean
}
export interface Line extends Part {
  part: string
  clause: string
  changed: string | null
  awaiting: string | null
}
export interface RegisterState extends Named {
  supplier: string
  recorded: string | null
  answered: boolean
}
export interface Score {
  on: string
  estimate: boolean
  division: number | null
  division_name: string
  scheme: { name: string; title: string; illustrative: boolean } | null
  rules_hash: string
  status: { code: string; text: string; in_force: boolean }
  total: string
  total_max: string
  if_in_force: Span | null
  change: { since: string; points: string } | null
  parts: Part[]
  lines: Line[]
  registers: RegisterState[]
}
export interface Step {
  kind: string
  text: string
}
export interface Fact {
  register: string
  title: string
  supplier: string
  recorded: string | null
  record: Record<string, string | null>
  counts: 'yes' | 'no' | 'perhaps'
  why: string
  points: Span | null
  expires: string | null
}
export interface Limit {
  limit: string
  before: Span
  after: Span
  binds: boolean
}
export interface IndicatorDetail extends Named {
  points: Span
  ceiling: string | null
  cap: Limit | null
  scheme: string
  document: string
  basis: string
  clauses: {
    name: string
    title: string
    basis: string
    document: string
    condition: string | null
    applies: string
    points: Span
    taken: boolean
    lost: boolean
    steps: Step[]
  }[]
  facts: Fact[]
  awaiting: { text: string }[]
}
export interface Indicator {
  on: string
  indicator: IndicatorDetail
  rule_text: string
}
export interface Changes {
  from: { on: string; total: string }
  to: { on: string; total: string }
  delta: string
  causes: { indicator: string | null; title: string; from: string; to: string; delta: string; cause: string; text: string }[]
}
export interface IndicatorHistory {
  indicator: string
  title: string
  from: string
  on: string
  changes: { on: string; from: string; to: string; delta: string; causes: { delta: string; cause: string; text: string }[] }[]
}
export interface ForecastReason {
  code: string
  text: string
  basis: string
  register: string | null
  assumed: boolean
}
export interface ForecastItem extends Named {
  deducts: boolean
  from: Span | null
  to: Span | null
  reason: ForecastReason
}
export interface ForecastStatus {
  code: string
  text: string
}
export interface ForecastChange {
  day: string
  total: { from: Span; to: Span }
  status: { from: ForecastStatus; to: ForecastStatus; reason: ForecastReason } | null
  indicators: ForecastItem[]
}
export interface Forecast {
  day: string
  last: string
  decided_until: string | null
  assumed: Named[]
  changes: ForecastChange[]
  is_cut: boolean
  curve: { day: string; status: ForecastStatus; total: Span }[]
}
export interface AdviceChange {
  register: Named
  adds: boolean
  values: Named[]
  smallest: boolean
  text: string
  day: string
  gain: Span
  lead_days: number
  evidence: string[]
  indicator: Named | null
  basis: string | null
}
export interface AdviceSet {
  changes: AdviceChange[]
  day: string
  gain: Span
  total: Span
}
export interface Advice {
  on: string
  scored: boolean
  status: string
  total: Span
  changes: AdviceChange[]
  idle: (Named & { why: 'goes_on' | 'full' | 'cap' | 'undecided' | 'no_gain'; cap_of: string | null })[]
  together: AdviceSet[]
  best_pair: AdviceSet | null
  line: { points: string; reached: boolean; way: AdviceSet | null; by_waiting: string | null; proved: boolean } | null
  cut: ('values' | 'pairs' | 'sets')[]
}
export interface DemoAccount {
  login: string
  password: string
  role: string
  role_name: string
  note: string
}
export interface Session {
  signed_in: boolean
  demo: boolean
  oidc: boolean
  role?: string
  role_name?: string
  name?: string
  division?: number
  division_name?: string
  csrf?: string
  expires?: string
  demo_accounts?: DemoAccount[]
}
export interface Permit {
  state: string
  state_text: string
  number: string
  division: number
  division_name: string
  valid_from: string | null
  endorse_from: string | null
  endorse_by: string | null
  suspended_reason: string | null
  restore_hint: string | null
  history: { day: string; event: string; text: string; office: string; note: string }[]
  can: { event: string; text: string; reason: boolean; division: boolean; grounds: { ground: string; text: string }[] }[]
  tenure_days?: number
  provisional?: boolean
}
export interface PermitQr {
  token: string
  svg: string
  expires: string
  verify_url?: string
}
export interface Rules {
  division_name: string
  on: string
  schemes: { name: string; title: string; document: string; illustrative: boolean; from: string | null; to: string | null }[]
  groups: (Named & { parent: string | null; deducts: boolean; ceiling: string | null; cap: string | null; basis: string })[]
  indicators: (Named & { group: string; scheme: string; least: string; most: string; cap: string | null; ceiling: string | null; basis: string })[]
}
export interface EstimateField extends Named {
  type: string
  required: boolean
  unit: string
  choices: Named[]
}
export interface EstimateForm {
  registers: (Named & { supplier: string; one: boolean; assumed: boolean; fields: EstimateField[] })[]
}
export interface ClaimTerms {
  kinds: { kind: string; text: string; working_days: number; reasons: { reason: string; text: string }[] }[]
  limits: { materials: number; material_bytes: number; total_bytes: number }
}
export interface Claim {
  number: string
  kind: string
  kind_text: string
  indicator: string
  title: string
  state: string
  state_text: string
  deadline: string | null
  days_left: number | null
  provisional?: boolean
  reason_text?: string
  month?: string | null
  statement?: string
  materials?: { id: number; name: string; media_type: string; size: number }[]
  steps?: { text: string; day: string | null; office: string; done: boolean }[]
  can?: { event: string; text: string }[]
}
export interface Division {
  code: number
  name: string
  parent: number
}
export interface RuleFinding {
  file: string
  of_draft: boolean
  line: number
  column: number
  severity: 'error' | 'warning'
  code: string
  sentence: { zh: string; en: string }
  remedy: { zh: string; en: string } | null
}
export interface Draft {
  number: string
  name: string
  division_name: string
  made: string
  rules: string
  base: string
  base_in_force: boolean
  files: { name: string; scheme: string; digest: string }[]
}
export interface DraftAnswer {
  draft: Draft | null
  errors: number
  findings: RuleFinding[]
}
export interface Simulation {
  number: string
  state: string
  state_text: string
  is_end: boolean
  division_name: string
  draft: { number: string; name: string }
  on: string
  line: string | null
  asked: string
  before: number | null
  progress: { phase: string; phase_text: string; done: number; total: number } | null
  started: string | null
  ended: string | null
  rules_before: string | null
  rules_after: string | null
  known_at: string | null
  known_seq: number
  is_exact: boolean
  fault: { code: string; text: string } | null
}
// Of docs/simulate.schema.json what the desk shows; the whole report is the server's own page.
export interface SimulationReport {
  persons: number | null
  compared: number | null
  errors: number | null
  hidden: boolean
  all: { persons: number; gain: number; lose: number; unchanged: number; mean_before: string; mean_after: string; mean_change: string } | null
  line: { points: string; up: number | null; down: number | null; above: number | null; below: number | null } | null
  marks: { dead: boolean }[]
  unknown: { before: number | null; after: number | null; registers: { title: string; settles: number | null }[] }
}
export interface Receipt {
  number: string
  on: string
  known_at: string
  rules_hash: string
  hash: string
  explanation: string
}

// The counties of the province: asked for once, and again in another language.
let counties: { lang: string; list: Promise<Division[]> } | undefined
export function readCounties(): Promise<Division[]> {
  if (counties?.lang !== lang.value) {
    const list = get<{ items: Division[] }>('/divisions').then((x) =>
      x.items.filter((d) => d.code % 100 !== 0 && Math.floor(d.code / 10000) === 33)
    )
    counties = { lang: lang.value, list }
    list.catch(() => (counties = undefined))
  }
  return counties.list
}
