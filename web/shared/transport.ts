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

export const http: Transport = {
  cookies: true,
  async send(ask) {
    const abort = new AbortController()
    const timer = setTimeout(() => abort.abort(), ask.patience)
    try {
      const { method, headers, body } = ask
      const r = await fetch('/api/v1' + ask.path, { method, headers, body, credentials: 'same-origin', signal: abort.signal })
      return { status: r.status, text: r.statusText, json: () => r.json() }
    } finally {
      clearTimeout(timer)
    }
  }
}
