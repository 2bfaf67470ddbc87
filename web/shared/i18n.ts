// Two dictionaries and one function. Chinese is in the first file that loads; English comes when asked for.
import { ref } from 'vue'
import { zh } from './zh'

export type Lang = 'zh' | 'en'
export type Dictionary = Record<keyof typeof zh, string>

const kept = localStorage.getItem('jifen.lang')
export const lang = ref<Lang>(kept === 'en' || kept === 'zh' ? kept : navigator.language.startsWith('en') ? 'en' : 'zh')
const dictionary = ref<Dictionary>(zh)

export async function setLang(l: Lang) {
  dictionary.value = l === 'en' ? (await import('./en')).en : zh
  lang.value = l
  localStorage.setItem('jifen.lang', l)
  document.documentElement.lang = l === 'en' ? 'en' : 'zh-CN'
}

// t('due', {day: '2026-12-01'}): {day} in the text is replaced.
export const fill = (text: string, values: Record<string, string | number>) =>
  text.replace(/\{(\w+)\}/g, (_, k: string) => String(values[k] ?? ''))
export const t = (key: keyof typeof zh, values: Record<string, string | number> = {}) => fill(dictionary.value[key], values)

// A date stays on one line, also within a sentence: word joiners between its parts.
const joined = (text: string) => text.replace(/[-年月]/g, '\u2060$&\u2060')
export const dateText = (iso: string | null | undefined) => {
  if (!iso) return '–'
  const [y, m, d] = iso.slice(0, 10).split('-')
  return joined(lang.value === 'en' ? `${y}-${m}-${d}` : `${y}年${Number(m)}月${Number(d)}\u2060日`)
}

// A moment in Shanghai's time, to the minute.
export const momentText = (iso: string) => {
  const there = new Date(Date.parse(iso) + 8 * 3600e3).toISOString()
  return `${dateText(there)} ${there.slice(11, 16)}`
}

// Points as people read them: 77.25, 30, 23.5
export const pointsText = (p: string) => p.replace(/\.?0+$/, '')
// In columns both decimals stay, so that the numbers stand below each other.
export const spanText = (lo: string, hi: string, column = false) => {
  const [a, b] = column ? [lo, hi] : [pointsText(lo), pointsText(hi)]
  return a === b ? a : lang.value === 'en' ? `${a} to ${b}` : `${a} 至 ${b}`
}
