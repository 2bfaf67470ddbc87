// How a request travels. Over HTTP now; inside a container that relays JSON calls only (mgop of the
// provincial app) another of these takes its place, and nothing else changes.
export interface Ask {
  method: string
  path: string
  headers: Record<string, string>
  body?: string
  patience: number // milliseconds
}
export interface Answer {
  status: number
  text: string // of the status
  json(): Promise<unknown>
}
export interface Transport {
  cookies: boolean // without them the session is a bearer token
  send(ask: Ask): Promise<Answer> // throws when nothing answered
}

// Where the interface is, seen from the page: pages have hash routes, so this is one place for all of them.
// The desk lies in a folder beside (vite.config.ts).
export const API = import.meta.env.VITE_API ?? 'api/v1'

// What h5/public/early.js has asked for. Each answer is taken once, and after a write none is. Where the program is there
// before it, the place is taken, and early.js asks for nothing.
let early = ((window as { jifenEarly?: Record<string, Promise<Response>> }).jifenEarly ??= {})
function takeEarly({ method, path, headers }: Ask, given: AbortSignal) {
  if (method !== 'GET') early = {}
  const name = headers['Accept-Language'] + ' ' + path
  const answer = early[name]
  delete early[name]
  const late = new Promise<undefined>((done) => given.addEventListener('abort', () => done(undefined)))
  return answer && Promise.race([answer, late]).catch(() => undefined)
}

export const http: Transport = {
  cookies: true,
  async send(ask) {
    const abort = new AbortController()
    const timer = setTimeout(() => abort.abort(), ask.patience)
    try {
      const { method, headers, body } = ask
      const r =
        (await takeEarly(ask, abort.signal)) ??
        (await fetch(API + ask.path, { method, headers, body, credentials: 'same-origin', signal: abort.signal }))
      return { status: r.status, text: r.statusText, json: () => r.json() }
    } finally {
      clearTimeout(timer)
    }
  }
}
