// What stays on the device: settings, the last points with their day, drafts. The points and drafts
// belong to one person and go when another signs in, or when that person signs out.
const OWNER = 'jifen.who'

export function forget() {
  for (const k of Object.keys(localStorage))
    if (k === OWNER || k === 'jifen.score' || k.startsWith('jifen.draft.')) localStorage.removeItem(k)
}

export function belongsTo(who: string) {
  if (localStorage.getItem(OWNER) === who) return
  forget()
  localStorage.setItem(OWNER, who)
}

// Storage may be full or refused; then nothing is kept, and that is all.
export function keep(name: string, value: unknown): boolean {
  try {
    localStorage.setItem(name, JSON.stringify(value))
    return true
  } catch {
    return false
  }
}

export function kept<T>(name: string): T | undefined {
  try {
    return (JSON.parse(localStorage.getItem(name) ?? 'null') as T) ?? undefined
  } catch {
    return undefined
  }
}
