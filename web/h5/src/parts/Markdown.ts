// The little Markdown that rule files use, as nodes of the page: headings, paragraphs, lists, tables,
// quotes, code. Nothing is ever put into the page as HTML.
import { defineComponent, h, type VNode } from 'vue'

const bold = (s: string): (string | VNode)[] =>
  s.split(/(\*\*[^*]+\*\*|`[^`]+`)/).map((x) =>
    x.startsWith('**') ? h('b', x.slice(2, -2)) : x.startsWith('`') && x.length > 1 ? h('code', x.slice(1, -1)) : x
  )
const cells = (line: string) => line.replace(/^\||\|$/g, '').split('|').map((c) => c.trim())

function table(lines: string[]): VNode {
  const [head, , ...rows] = lines
  return h('table', [
    h('thead', h('tr', cells(head).map((c) => h('th', { scope: 'col' }, bold(c))))),
    h('tbody', rows.map((r) => h('tr', cells(r).map((c) => h('td', bold(c))))))
  ])
}

export function render(text: string): VNode[] {
  const lines = text.split('\n')
  const out: VNode[] = []
  for (let i = 0; i < lines.length; ) {
    const line = lines[i]
    if (/^(```|~~~)/.test(line)) {
      const fence = line.slice(0, 3)
      let end = i + 1
      while (end < lines.length && !lines[end].startsWith(fence)) end++
      out.push(h('pre', { tabindex: 0 }, lines.slice(i + 1, end).join('\n')))
      i = end + 1
    } else if (/^#+ /.test(line)) {
      const level = Math.min(6, line.indexOf(' ') + 1)
      out.push(h('h' + level, line.slice(line.indexOf(' ') + 1)))
      i++
    } else if (line.startsWith('|')) {
      let end = i
      while (end < lines.length && lines[end].startsWith('|')) end++
      out.push(table(lines.slice(i, end)))
      i = end
    } else if (/^[-*] /.test(line)) {
      let end = i
      while (end < lines.length && /^([-*] | {2})/.test(lines[end])) end++
      out.push(h('ul', lines.slice(i, end).join('\n').split(/\n(?=[-*] )/).map((x) => h('li', bold(x.slice(2))))))
      i = end
    } else if (/^\d+[.)] /.test(line)) {
      let end = i
      while (end < lines.length && /^(\d+[.)] | {2})/.test(lines[end])) end++
      const items = lines.slice(i, end).join('\n').split(/\n(?=\d+[.)] )/)
      out.push(h('ol', { start: parseInt(line, 10) }, items.map((x) => h('li', bold(x.replace(/^\d+[.)] /, ''))))))
      i = end
    } else if (line.startsWith('>')) {
      let end = i
      while (end < lines.length && lines[end].startsWith('>')) end++
      out.push(h('blockquote', bold(lines.slice(i, end).map((x) => x.replace(/^> ?/, '')).join('\n'))))
      i = end
    } else if (line.trim() === '') {
      i++
    } else {
      let end = i
      while (end < lines.length && lines[end].trim() !== '' && !/^(#+ |```|~~~|\||>|[-*] |\d+[.)] )/.test(lines[end])) end++
      out.push(h('p', bold(lines.slice(i, Math.max(end, i + 1)).join('\n'))))
      i = Math.max(end, i + 1)
    }
  }
  return out
}

export default defineComponent({
  props: { text: { type: String, required: true } },
  setup: (p) => () => render(p.text)
})
