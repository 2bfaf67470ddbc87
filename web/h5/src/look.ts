// Elder mode and theme: attributes of the document that the tokens follow; kept on the device.
import { ref } from 'vue'

export const elder = ref(localStorage.getItem('jifen.ui') === 'elder')
export type Theme = 'auto' | 'light' | 'dark'
export const theme = ref<Theme>((localStorage.getItem('jifen.theme') as Theme) || 'auto')
const dark = matchMedia('(prefers-color-scheme: dark)')

export function applyLook() {
  const d = document.documentElement
  d.toggleAttribute('data-ui', elder.value)
  if (elder.value) d.setAttribute('data-ui', 'elder')
  d.setAttribute('data-theme', theme.value === 'auto' ? (dark.matches ? 'dark' : 'light') : theme.value)
}
dark.addEventListener('change', applyLook)

export function setElder(on: boolean) {
  elder.value = on
  localStorage.setItem('jifen.ui', on ? 'elder' : 'normal')
  applyLook()
}
export function setTheme(to: Theme) {
  theme.value = to
  localStorage.setItem('jifen.theme', to)
  applyLook()
}
