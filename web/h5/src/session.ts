// Who is signed in; asked once, and again after signing in or out.
import { reactive } from 'vue'
import { get, setCsrf, type Session } from '../../shared/api'
import { belongsTo } from '../../shared/kept'

export const session = reactive<{ known: boolean; s: Session }>({
  known: false,
  s: { signed_in: false, demo: false, oidc: false }
})

// With `login` right after signing in by that name.
export async function readSession(login?: string) {
  const s = await get<Session>('/session')
  const before = localStorage.getItem('jifen.who')?.split(' ')[0] ?? ''
  if (s.signed_in) belongsTo(`${login ?? before} ${s.name} ${s.division}`)
  session.s = s
  session.known = true
  setCsrf(s.csrf ?? '')
  return s
}
