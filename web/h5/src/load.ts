// Reading something for a page: what is there, what went wrong, how to try again. What was read
// last is kept on the device and shown with its day when the server does not answer.
import { ref, watch } from 'vue'
import { ApiError, get, type Problem } from '../../shared/api'
import { lang } from '../../shared/i18n'
import { keep, kept } from '../../shared/kept'
import { readSession, session } from './session'

// `ask`: an address to read, or an answer under way.
export function useLoad<T>(ask: () => string | Promise<T>, slot?: string) {
  const data = ref<T>()
  const problem = ref<Problem>()
  const busy = ref(false)
  const keptOn = ref('')
  let turn = 0

  async function load() {
    const mine = ++turn // an answer that a later question has overtaken is dropped
    busy.value = true
    problem.value = undefined
    try {
      const asked = ask()
      const answer = await (typeof asked === 'string' ? get<T>(asked) : asked)
      if (mine !== turn) return
      data.value = answer
      keptOn.value = ''
      if (slot) keep('jifen.' + slot, { day: new Date().toISOString(), v: answer })
    } catch (e) {
      if (mine !== turn) return
      problem.value = asProblem(e)
      if (problem.value.status === 401 && session.s.signed_in) await readSession().catch(() => undefined)
      const gone = problem.value.status === 0 || problem.value.status >= 500
      const k = slot && gone ? kept<{ day: string; v: T }>('jifen.' + slot) : undefined
      if (k) {
        data.value = k.v as typeof data.value
        keptOn.value = k.day
      }
    } finally {
      if (mine === turn) busy.value = false
    }
  }
  load()
  watch(lang, load) // texts come from the server too
  return { data, problem, busy, keptOn, load }
}

export const asProblem = (e: unknown): Problem =>
  e instanceof ApiError ? e.problem : { title: String(e), code: 'PAGE', status: 0 }
