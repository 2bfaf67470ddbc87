/* A column machine looked at from outside: see machine.h. A program is a list of operations, and a
 * part of the list is a program too. */
#include "engine/machine.h"

#include "engine/vm_internal.h"

static const char *const NAMES[] = {
    [VM_LOAD] = "取列 / load: a column into lanes",
    [VM_STEP] = "阶梯 / step: a column through a step function",
    [VM_BINARY] = "二元 / binary: + - min max, comparisons, and, or",
    [VM_NOT] = "非 / not",
    [VM_SUM] = "多项和 / sum of several",
    [VM_MUL] = "乘 / mul, rounded",
    [VM_DIV] = "除 / div, rounded",
    [VM_PER] = "每满 / per: points for every full unit",
    [VM_IF] = "若 / if",
    [VM_BANDS] = "分段 / bands",
    [VM_IN] = "属于 / in: membership of a set",
    [VM_AGE] = "周岁 / age",
    [VM_YEAR] = "年份 / year of",
    [VM_YEAR_START] = "年初 / first day of the year",
    [VM_ADD_MONTHS] = "加月 / add months",
    [VM_WHOLE_MONTHS] = "整月 / whole months between",
    [VM_IF_UNKNOWN] = "若未知 / if unknown",
    [VM_EXPAND] = "摊到记录 / expand: persons to their records",
    [VM_COUNT] = "记录数 / count of records",
    [VM_ANY] = "有 / any record",
    [VM_SUM_RECORDS] = "总和 / sum over records",
    [VM_BEST] = "最高 / best of records",
    [VM_NOW] = "现有 / the record of the day",
    [VM_MONTHS] = "月数（合并） / months, merged",
    [VM_SPELLS] = "时段（合并） / spells in days, merged",
    [VM_CONSECUTIVE] = "连续月数 / consecutive months",
    [VM_EACH] = "逐条 / each record, by key or year",
    [VM_OUT] = "写出 / out: a result column",
};
_Static_assert(sizeof NAMES / sizeof *NAMES <= MACHINE_KINDS, "room");

uint32_t machine_columns(const struct vm *vm)
{
    return vm->column_count;
}

void machine_column(const struct vm *vm, uint32_t k, int32_t *ret_reg, int32_t *ret_field)
{
    INVARIANT(k < vm->column_count);
    *ret_reg = vm->columns[k].reg;
    *ret_field = vm->columns[k].field;
}

uint32_t machine_operations(const struct vm *vm)
{
    return vm->op_count;
}

uint32_t machine_kind(const struct vm *vm, uint32_t operation)
{
    INVARIANT(operation < vm->op_count);
    return (uint32_t)vm->ops[operation].code;
}

const char *machine_kind_name(uint32_t kind)
{
    return kind < sizeof NAMES / sizeof *NAMES && NAMES[kind] != NULL ? NAMES[kind] : "?";
}

enum err machine_part_new(struct arena *a, const struct vm *whole, struct vm **ret)
{
    struct vm *part = ARENA_NEW(a, struct vm);

    if (part == NULL) return ERR_NOMEM;
    *part = *whole; /* all operations: a state made for it has room for any of them */
    *ret = part;
    return ERR_OK;
}

void machine_part_set(struct vm *part, const struct vm *whole, uint32_t first, uint32_t count)
{
    INVARIANT(first <= whole->op_count && count <= whole->op_count - first);
    part->ops = whole->ops + first;
    part->op_count = count;
}
