// Who is signed in; asked once, and again after signing in or out.
import { reactive } from 'vue'
import { get, setCsrf, type Session } from '../../shared/api'

export const session = reactive<{ known: boolean; s: Session }>({
  known: false,
  s: { signed_in: false, demo: false, oidc: false }
})

export async function readSession() {
  const s = await get<Session>('/session')
  session.s = s
  session.known = true
  setCsrf(s.csrf ?? '')
  return s
}
