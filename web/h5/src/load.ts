// Reading something for a page: what is there, what went wrong, how to try again. What was read
// last is kept on the device and shown with its day when the server cannot be reached.
import { ref } from 'vue'
import { ApiError, get, type Problem } from '../../shared/api'
import { readSession, session } from './session'

export function useLoad<T>(path: () => string, keep?: string) {
  const data = ref<T>()
  const problem = ref<Problem>()
  const busy = ref(false)
  const keptOn = ref('')

  async function load() {
    busy.value = true
    problem.value = undefined
    try {
      data.value = await get<T>(path())
      keptOn.value = ''
      if (keep) localStorage.setItem('jifen.' + keep, JSON.stringify({ day: new Date().toISOString(), v: data.value }))
    } catch (e) {
      problem.value = e instanceof ApiError ? e.problem : { title: String(e), code: 'PAGE', status: 0 }
      if (problem.value.status === 401 && session.s.signed_in) await readSession().catch(() => undefined)
      const kept = keep && problem.value.status === 0 && localStorage.getItem('jifen.' + keep)
      if (kept) {
        const k = JSON.parse(kept) as { day: string; v: T }
        data.value = k.v as typeof data.value
        keptOn.value = k.day
      }
    } finally {
      busy.value = false
    }
  }
  load()
  return { data, problem, busy, keptOn, load }
}

export const asProblem = (e: unknown): Problem =>
  e instanceof ApiError ? e.problem : { title: String(e), code: 'PAGE', status: 0 }
