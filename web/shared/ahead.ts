// The texts of the two pages that look ahead, in both languages: they load with those pages, not with the first.
import { fill, lang } from './i18n'

const zh = {
  note: '下面只按今天已有的数据和已公布的规则逐日推算。有新的数据或规则，结果就会不同；仅供参考，不是承诺。',
  period: '往后看几年', years: '{n} 年',
  assume: '假定社保、居住一直继续',
  assume_hint: '只是假定：不打开时，社保只算到已登记的月份。',
  assumed: '以下以假定为前提：{what}一直继续。这是假定，不是承诺；中断了，积分就到不了这里。',
  assumed_none: '没有可以假定继续的登记，结果与不假定时相同。',
  listed: '{from} 至 {to}：{n} 个变化日',
  next: '下一次变化', next_none: '到 {day}，总积分不会变。', next_lines: '总积分不变，但下面有分项会变。',
  delta: '合计 {n} 分', on_assumption: '依据假定',
  status: '状态', reason: '为什么', basis: '依据', no_points: '没有这一项',
  curve: '积分曲线',
  curve_alt: '阶梯线：{from} 为 {start} 分，到 {to} 为 {end} 分；其间最低 {low} 分，最高 {high} 分。数据见下面的表。',
  solid: '实线：按已有的数据', dashed: '虚线：另以假定为前提', band: '细线：有数据没到，最高可能到这里', today: '圆点：今天',
  table: '查看数据表', table_caption: '从各日起的总积分', day: '日期', total: '总积分', rests_on: '根据', by_facts: '已有数据', by_assumption: '数据和假定',
  all: '全部变化', cut: '变化太多，没有全部列出。请选短一些的时间。',
  past: '以前的变化', to_reach: '怎样达到一个分数', to_ahead: '往后会怎样',
  reach_note: '下面每个数都是按规则重新计分得来的，不是承诺，也不作为审批依据。以有关部门登记的数据为准。',
  line: '想达到多少分', line_hint: '例如 110 或 110.5', find: '找办法', now: '{day} 为 {n} 分',
  answer: '达到 {n} 分', reached: '现在是 {now} 分，已经达到 {n} 分。',
  way: '最省的办法：{k} 件事，{day} 起为 {total} 分。', waiting: '什么都不做，最迟 {day} 也会达到。',
  unproved: '更省的办法没有全部试过，可能还有。',
  no_way: '按现在的规则，这么多件事以内没有能达到的办法。', no_way_found: '没有找到能达到的办法；没有全部试过，不等于没有。',
  singles: '单做一件能加多少', singles_none: '没有找到单做一件就能加分的。',
  effect: '{n} 天后生效（{day}）', effect_now: '登记后当天生效', evidence: '材料：{list}', for_line: '主要加在：',
  together: '要两件一起做才加分', together_total: '两件一起，{day} 起', best_pair: '两件一起加得最多',
  idle: '做了也不加分的', idle_goes_on: '正在继续，时间到了自然会加', idle_full: '这一项已经满分', idle_cap: '所在的一项或一组已经封顶', idle_no_gain: '再多也不加分',
  cut_values: '只试了一部分数值。', cut_pairs: '两件一起的，只试了一部分。', cut_sets: '多件一起的，只试了一部分。',
  unscored: '这一天没有适用的规则，或者数据还算不出积分。', comma: '、'
}

const en: typeof zh = {
  note: 'Worked out day by day from the data of today and the rules already published. New data or rules change the result; it is indicative, no promise.',
  period: 'How far ahead', years: '{n} years',
  assume: 'Assume insurance and residence go on',
  assume_hint: 'An assumption only: without it insurance counts up to the months on record.',
  assumed: 'What follows rests on an assumption: that this goes on without a break: {what}. It is an assumption, no promise; with a break the points do not get there.',
  assumed_none: 'There is no record that could be assumed to go on; the result is the same as without.',
  listed: '{from} to {to}: days with a change: {n}',
  next: 'The next change', next_none: 'The total does not change up to {day}.', next_lines: 'The total stays, but lines below it change.',
  delta: '{n} points in all', on_assumption: 'by assumption',
  status: 'State', reason: 'Why', basis: 'Basis', no_points: 'does not apply',
  curve: 'Curve of the points',
  curve_alt: 'A step line: {start} points on {from}, {end} points on {to}; {low} at the lowest and {high} at the highest between. The table below has the figures.',
  solid: 'Solid: by the data there is', dashed: 'Dashed: also rests on the assumption', band: 'Thin: data is missing, it may be up to this', today: 'Dot: today',
  table: 'Table of the figures', table_caption: 'The total from each day on', day: 'Day', total: 'Total', rests_on: 'Rests on', by_facts: 'data', by_assumption: 'data and assumption',
  all: 'All changes', cut: 'There are too many changes to list them all. Choose a shorter time.',
  past: 'Changes so far', to_reach: 'How to reach a line', to_ahead: 'What comes next',
  reach_note: 'Every figure below comes of scoring again by the rules. It is no promise and no ground for a decision; what the departments have on record counts.',
  line: 'Points to reach', line_hint: 'such as 110 or 110.5', find: 'Find a way', now: '{n} points on {day}',
  answer: 'Reaching {n} points', reached: 'You have {now} points now: {n} is reached already.',
  way: 'The cheapest way: {k} to do, {total} points from {day} on.', waiting: 'Without doing anything it is reached by {day}.',
  unproved: 'Not everything cheaper was tried; there may be something.',
  no_way: 'By the rules as they are, no way of so many steps reaches it.', no_way_found: 'No way was found; not everything was tried, so there may be one.',
  singles: 'What one thing alone gains', singles_none: 'Nothing was found that gains points alone.',
  effect: 'takes effect in {n} days ({day})', effect_now: 'takes effect on the day it is recorded', evidence: 'Evidence: {list}', for_line: 'Mostly on: ',
  together: 'What gains only together', together_total: 'Both together, from {day} on', best_pair: 'The two that gain most together',
  idle: 'What gains nothing', idle_goes_on: 'going on already; time will add the points', idle_full: 'this line is full', idle_cap: 'its line or group is at its cap', idle_no_gain: 'more of it gains nothing',
  cut_values: 'Only some values were tried.', cut_pairs: 'Only some pairs were tried.', cut_sets: 'Only some sets were tried.',
  unscored: 'No rules apply on this day, or the data does not give a total yet.', comma: ', '
}

export type AheadKey = keyof typeof zh
export const a = (key: AheadKey, values: Record<string, string | number> = {}) => fill((lang.value === 'en' ? en : zh)[key], values)
