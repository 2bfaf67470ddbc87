/* Drawing in text. */
#include "service/draw.h"

#include <stdio.h>

void draw_spaces(struct buf *out, size_t n)
{
    for (; n > 0; n--)
        buf_add_char(out, ' ');
}

void draw_count(struct buf *out, uint64_t n)
{
    char digits[32];
    int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) buf_add_char(out, ',');
        buf_add_char(out, digits[i]);
    }
}

void draw_right(struct buf *out, struct str text, size_t width)
{
    const size_t used = text_width(text);
    draw_spaces(out, used < width ? width - used : 0);
    buf_add(out, text);
}

void draw_count_right(struct buf *out, uint64_t n, size_t width)
{
    struct buf b;
    buf_init(&b, 0);
    draw_count(&b, n);
    draw_right(out, buf_str(&b), width);
    buf_done(&b);
}

void draw_padded(struct buf *out, struct str text, size_t width)
{
    buf_add(out, text);
    const size_t used = text_width(text);
    draw_spaces(out, used < width ? width - used : 0);
}

void draw_bar(struct buf *out, uint64_t n, uint64_t most, size_t columns)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    uint64_t parts = most == 0 ? 0 : n * columns * 8 / most;
    if (parts == 0 && n > 0) parts = 1;
    for (uint64_t i = 0; i < parts / 8; i++)
        buf_add_c(out, "█");
    buf_add_c(out, eighths[parts % 8]);
}
