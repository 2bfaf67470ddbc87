/* Identities of people who do not exist: names from common characters, numbers by GB 11643.
 *
 * Uniqueness: the person's number decides area (thousands) and the three digits before the check
 * digit (the rest), so that no two persons share both. */
#include "service/sample_internal.h"

#include <stdio.h>

#include "base/date.h"
#include "base/idnum.h"

#define CHARACTER 3 /* bytes of each character below */

static const char surnames[] =
    "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余"
    "叶杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹";
static const char given[] =
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华玉红文建国海燕春梅志林晓东云飞鹏"
    "丹凤莉斌宇浩凯健俊帆雪琳晨欣怡佳慧倩婷颖露瑶雨辰睿博思远航宁安康乐清源彦哲然一诺";

static const int32_t provinces[] = {34, 36, 41, 42, 43, 51, 52, 53, 61, 33};

static void add_character(struct buf *out, const char *from, size_t bytes, uint64_t random)
{
    const size_t count = bytes / CHARACTER;
    buf_add(out, (struct str){from + random % count * CHARACTER, CHARACTER});
}

static void add_name(struct buf *out, uint64_t random)
{
    add_character(out, surnames, sizeof surnames - 1, random);
    add_character(out, given, sizeof given - 1, random >> 16);
    if ((random >> 60) != 0) add_character(out, given, sizeof given - 1, random >> 32);
}

static void add_number(struct buf *out, uint32_t number, int32_t birth)
{
    const struct civil b = date_to_civil(birth);
    const uint32_t area = number / 1000;
    const size_t province = area % (sizeof provinces / sizeof *provinces);
    const uint32_t rest = area / (uint32_t)(sizeof provinces / sizeof *provinces);
    char digits[18];

    snprintf(digits, sizeof digits, "%02u%02u%02u%04u%02u%02u%03u",
             (uint32_t)provinces[province] % 100, rest % 20 + 1, rest / 20 % 80 + 1,
             (uint32_t)b.year % 10000, (uint32_t)b.month % 100, (uint32_t)b.day % 100,
             number % 1000);
    buf_add(out, (struct str){digits, 17});
    buf_add_char(out, idnum_check_char(digits));
}

void sample_add_identity(struct buf *out, uint32_t number, int32_t birth, uint64_t random)
{
    buf_printf(out, "P%08u,", number);
    add_number(out, number, birth);
    buf_add_char(out, ',');
    add_name(out, random);
    buf_printf(out, ",154%08u\n", number % 100000000);
}
