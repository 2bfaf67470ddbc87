/* The catalogue as initialised data. */
#include "catalogue.h"

#include "base/date.h"

#define S(literal)                                                                                 \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }
#define NAME(zh, ascii)                                                                            \
    {                                                                                              \
        S(zh), S(ascii)                                                                            \
    }
#define DATES .lo = DATE_FIRST, .hi = DATE_LAST
#define MONTHS .lo = MONTH_FIRST, .hi = MONTH_LAST

static struct rule_name status_members[] = {NAME("有效", "valid"), NAME("中止", "suspended"),
                                            NAME("注销", "cancelled")};
static struct rule_name level_members[] = {NAME("初中及以下", "junior_middle_or_below"),
                                           NAME("高中", "senior_middle"), NAME("大专", "college"),
                                           NAME("本科", "bachelor")};

static struct rule_enum enums[] = {
    {.name = NAME("居住证状态", "permit_status"), .members = status_members, .member_count = 3},
    {.name = NAME("学历", "level"), .ordered = true, .members = level_members, .member_count = 4},
};

static struct rule_field person_fields[] = {
    {.name = NAME("出生日期", "birth_date"), .type = {VT_DATE, -1}, DATES},
};
static struct rule_field permit_fields[] = {
    {.name = NAME("所在地", "division"), .type = {VT_DIVISION, -1}, .lo = 0, .hi = 999999},
    {.name = NAME("状态", "status"), .type = {VT_CATEGORY, 0}, .lo = 0, .hi = 2},
    {.name = NAME("起日", "from"), .type = {VT_DATE, -1}, .role = ROLE_START, DATES},
    {.name = NAME("止日", "to"),
     .type = {VT_DATE, -1},
     .role = ROLE_END,
     .empty = EMPTY_OPEN,
     DATES},
};
static struct rule_field education_fields[] = {
    {.name = NAME("层次", "level"), .type = {VT_LEVEL, 1}, .lo = 0, .hi = 3},
    {.name = NAME("取得日", "awarded_on"),
     .type = {VT_DATE, -1},
     .role = ROLE_EVENT,
     .empty = EMPTY_ALWAYS,
     DATES},
};
static struct rule_field pension_fields[] = {
    {.name = NAME("参保地", "division"), .type = {VT_DIVISION, -1}, .lo = 0, .hi = 999999},
    {.name = NAME("起月", "from_month"), .type = {VT_MONTH, -1}, .role = ROLE_START, MONTHS},
    {.name = NAME("止月", "to_month"), .type = {VT_MONTH, -1}, .role = ROLE_END, MONTHS},
};
static struct rule_field thing_fields[] = {
    {.name = NAME("件数", "pieces"), .type = {VT_INT, -1}, .lo = 0, .hi = 500},
    {.name = NAME("金额", "amount"),
     .type = {VT_MONEY, -1},
     .lo = 0,
     .hi = 100000000,
     .empty = EMPTY_UNKNOWN},
    {.name = NAME("公开", "is_public"), .type = {VT_BOOL, -1}, .lo = 0, .hi = 1},
    {.name = NAME("份额", "share"), .type = {VT_SHARE, -1}, .lo = 0, .hi = 10000},
    {.name = NAME("事项", "matter"),
     .type = {VT_KEY, -1},
     .lo = 0,
     .hi = INT32_MAX,
     .empty = EMPTY_UNKNOWN},
    {.name = NAME("证件", "id_number"),
     .type = {VT_KEY, -1},
     .lo = 0,
     .hi = INT32_MAX,
     .empty = EMPTY_UNKNOWN},
};
static struct rule_field post_fields[] = {
    {.name = NAME("在岗", "holds"), .type = {VT_BOOL, -1}, .lo = 0, .hi = 1},
};

static struct rule_register regs[REG_COUNT] = {
    [REG_PERSON] = {.name = NAME("人员", "person"),
                    .one_per_person = true,
                    .max_records = 1,
                    .fields = person_fields,
                    .field_count = 1,
                    .event = -1,
                    .start = -1,
                    .end = -1},
    [REG_PERMIT] = {.name = NAME("居住证", "permit"),
                    .no_overlap = true,
                    .max_records = 1000,
                    .fields = permit_fields,
                    .field_count = 4,
                    .event = -1,
                    .start = 2,
                    .end = 3},
    [REG_EDUCATION] = {.name = NAME("文化程度", "education"),
                       .none_unknown = true,
                       .max_records = 1000,
                       .fields = education_fields,
                       .field_count = 2,
                       .event = 1,
                       .start = -1,
                       .end = -1},
    [REG_PENSION] = {.name = NAME("养老保险", "pension"),
                     .max_records = 4,
                     .fields = pension_fields,
                     .field_count = 3,
                     .event = -1,
                     .start = 1,
                     .end = 2},
    [REG_THINGS] = {.name = NAME("杂项", "things"),
                    .max_records = 1000,
                    .fields = thing_fields,
                    .field_count = 6,
                    .event = -1,
                    .start = -1,
                    .end = -1},
    [REG_POST] = {.name = NAME("岗位", "post"),
                  .one_per_person = true,
                  .max_records = 1,
                  .fields = post_fields,
                  .field_count = 1,
                  .event = -1,
                  .start = -1,
                  .end = -1},
};

static const struct rules rules = {
    .scale = 100, .enums = enums, .enum_count = 2, .regs = regs, .reg_count = REG_COUNT};

const struct rules *catalogue(void)
{
    return &rules;
}
