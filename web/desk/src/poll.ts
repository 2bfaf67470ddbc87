// Ask again every second while something is under way and the page is looked at; failing asks are
// told, and tried again.
import { onUnmounted, ref } from 'vue'
import { asProblem } from '../../h5/src/load'
import { readSession } from '../../h5/src/session'
import type { Problem } from '../../shared/api'

const EVERY_MS = 1000

export function usePoll<T>(ask: () => Promise<T>, goesOn: (value: T) => boolean) {
  const data = ref<T>()
  const problem = ref<Problem>()
  let timer = 0
  let turn = 0

  async function load() {
    const mine = ++turn
    clearTimeout(timer)
    try {
      const answer = await ask()
      if (mine !== turn) return
      data.value = answer
      problem.value = undefined
    } catch (e) {
      if (mine !== turn) return
      problem.value = asProblem(e)
      if (problem.value.status === 401) await readSession().catch(() => undefined) // leads to signing in
    }
    if (problem.value ? data.value !== undefined : goesOn(data.value as T)) timer = window.setTimeout(again, EVERY_MS)
  }
  const again = () => (document.hidden ? document.addEventListener('visibilitychange', load, { once: true }) : load())
  onUnmounted(() => {
    turn++
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', load)
  })
  load()
  return { data, problem, load }
}
