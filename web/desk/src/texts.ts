// The desk's own texts, in both languages; what it shares with the residents' pages stands in web/shared.
import { fill, lang } from '../../shared/i18n'

const zh = {
  app: '积分 · 规则工作台', home: '草案和模拟', simulation: '模拟 {n}', draft_new: '新的草案', simulation_new: '申请模拟', signin: '登录',
  for_whom: '规则管理人员在这里模拟草案，审计人员在这里查看报告。', not_for: '您登录的是“{role}”账号，不能使用规则工作台。', signout: '退出登录', who: '{name} · {role} · {place}',
  simulations: '模拟', none: '还没有模拟。', drafts: '草案', drafts_none: '还没有草案。先上传一份。', refresh_failed: '读不到最新的状态，还在重试。',
  number: '编号', state: '状态', draft: '草案', on: '评分日', line: '分数线', no_line: '不设', asked: '申请时间', files: '文件', made: '保存时间', replaces: '{file}（方案 {scheme}）',
  before: '前面还有 {n} 个', next: '下一个就是它', percent: '{phase}：{n}%', phase: '{phase}…', elsewhere: '由另一台服务器运行，这里看不到进度', people: '{done} / {total} 人', records: '{done} / {total} 条记录', progress_of: '模拟 {n} 的进度',
  cancel: '取消', cancel_sure: '再按一次就取消', open: '查看', run: '模拟这份草案',
  draft_hint: '选一个或几个规则文件（.md）。同一方案的现行文件由它取代；新的方案加进来。编译不通过的不保存，改好再选。', name: '草案的名称', name_need: '请写草案的名称', choose: '规则文件', choose_need: '请选至少一个 .md 文件', read_failed: '{file} 读不出来，请重新选', keep: '检查并保存', keeping: '正在检查…',
  kept: '已保存为 {n}，没有错误。', faults: '没有保存：有 {n} 处错误', warnings: '编译器的提示', at: '位置', in_force_file: '{file}（现行文件）', at_line: '{file} 第 {line} 行第 {column} 列', sentence: '问题', remedy: '怎么办', severity: '类别', error: '错误', warning: '提示',
  ask_hint: '用现行规则和草案各算一遍全省已入库的人员，比较得分。在后台运行，不影响窗口和居民查询。', day: '评分日', line_hint: '分数线（可不填），如 60', ask: '开始模拟', asking: '正在提交…', pick: '请选草案', base_gone: '保存之后现行规则变了',
  result: '结果', hidden: '比较或变动的人太少，不显示数字。', compared: '比较的人', gain: '增分', lose: '减分', same: '不变', mean: '平均分', mean_from_to: '{from} → {to}（{by}）', up: '升到 {n} 分以上', down: '跌到 {n} 分以下', uncertain: '草案下总分未定（有数据没到）', settles: '最能定下来的登记：{what}', dead: '没有人得到的条款和封顶', few: '不足 10 人，不显示', persons: '{n} 人', items: '{n} 项',
  full: '打开完整报告（可打印）', full_note: '分布图、各地区和年龄的增减、条款覆盖、分数线附近等，都在报告里。报告里没有个人信息，少于 10 人的组不显示。', new_tab: '（在新窗口打开）',
  again: '重算所需', rules_before: '现行规则摘要', rules_after: '草案规则摘要', known: '所知的时刻', known_value: '{at}（操作日志第 {n} 条为止）', not_exact: '读取期间有新的事实进来，可能算进了一部分', took: '用时', seconds: '{n} 秒', at_once: '不到 1 秒', started: '开始', ended: '结束',
  to_list: '返回列表', menu: '工作台', done_say: '模拟 {n}：{state}', not_yet: '–'
}
const en: typeof zh = {
  app: 'Points · rule desk', home: 'Drafts and simulations', simulation: 'Simulation {n}', draft_new: 'New draft', simulation_new: 'Ask for a simulation', signin: 'Sign in',
  for_whom: 'Rule owners try drafts here; auditors read the reports.', not_for: 'You are signed in as “{role}”, which cannot use the rule desk.', signout: 'Sign out', who: '{name} · {role} · {place}',
  simulations: 'Simulations', none: 'No simulations yet.', drafts: 'Drafts', drafts_none: 'No drafts yet. Send one first.', refresh_failed: 'The latest state cannot be read; still trying.',
  number: 'Number', state: 'State', draft: 'Draft', on: 'Scoring day', line: 'Line', no_line: 'none', asked: 'Asked for', files: 'Files', made: 'Kept', replaces: '{file} (scheme {scheme})',
  before: '{n} before it', next: 'it is next', percent: '{phase}: {n}%', phase: '{phase}…', elsewhere: 'another server runs it; its progress is not seen here', people: '{done} of {total} residents', records: '{done} of {total} records', progress_of: 'Progress of simulation {n}',
  cancel: 'Cancel', cancel_sure: 'Press again to cancel', open: 'Open', run: 'Simulate this draft',
  draft_hint: 'Choose one or more rule files (.md). Each takes the place of the file in force of the same scheme; a new scheme is added. What does not compile is not kept: mend it and choose again.', name: 'Name of the draft', name_need: 'Give the draft a name', choose: 'Rule files', choose_need: 'Choose at least one .md file', read_failed: '{file} cannot be read; choose it again', keep: 'Check and keep', keeping: 'Checking…',
  kept: 'Kept as {n}, without errors.', faults: 'Not kept: {n} errors', warnings: 'Remarks of the compiler', at: 'Where', in_force_file: '{file} (in force)', at_line: '{file}, line {line}, column {column}', sentence: 'What is wrong', remedy: 'What to do', severity: 'Kind', error: 'error', warning: 'remark',
  ask_hint: 'Everybody in the database is scored under the rules in force and under the draft, and compared. It runs in the background; windows and residents are not slowed.', day: 'Scoring day', line_hint: 'A line, if you want one, such as 60', ask: 'Start', asking: 'Sending…', pick: 'Choose a draft', base_gone: 'the rules in force have changed since',
  result: 'Result', hidden: 'Too few residents are compared or change: no figures are shown.', compared: 'Residents compared', gain: 'Gain', lose: 'Lose', same: 'Unchanged', mean: 'Mean', mean_from_to: '{from} → {to} ({by})', up: 'Rise to {n} points or more', down: 'Fall below {n} points', uncertain: 'Total not settled under the draft (data missing)', settles: 'The register that would settle most: {what}', dead: 'Clauses and caps that nobody meets', few: 'under 10, not shown', persons: '{n} residents', items: '{n}',
  full: 'Open the whole report (it prints)', full_note: 'Distributions, places and ages, coverage of clauses, crowding around the line: all of that stands in the report. It holds nothing personal, and no group under 10 is shown.', new_tab: ' (opens a new window)',
  again: 'To run it again', rules_before: 'Digest of the rules in force', rules_after: 'Digest of the draft', known: 'Facts as known', known_value: '{at} (up to record {n} of the audit log)', not_exact: 'facts came in while they were gathered; some of them may have counted', took: 'Took', seconds: '{n} s', at_once: 'less than a second', started: 'Started', ended: 'Ended',
  to_list: 'Back to the list', menu: 'Desk', done_say: 'Simulation {n}: {state}', not_yet: '–'
}

export type Text = keyof typeof zh
export const d = (key: Text, values: Record<string, string | number> = {}) => fill((lang.value === 'en' ? en : zh)[key], values)
