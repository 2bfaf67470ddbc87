/* The page on which anybody checks an electronic permit.
 *
 * Structure: texts -> pieces -> the page. Big type, high contrast, words besides
 * colours, one form, no script; it is read on a phone held out by a stranger. */
#include "http/pages.h"

#include "base/date.h"
#include "base/division.h"

/* --- texts --- */

/* What whoever checks should do. */
static const struct {
    const char *text[LANG_COUNT];
} advice[PERMIT_VERDICT_COUNT] = {
    [PERMIT_TOKEN_GOOD] = {{"凭证本身不含姓名：请看本人出示的证件。",
                            "It carries no name: look at the document the person shows."}},
    [PERMIT_TOKEN_NOT_VALID] =
        {{"原因请本人在“电子居住证”中查看，或到窗口询问。",
          "The holder sees why under “Electronic permit”, or asks at the window."}},
    [PERMIT_TOKEN_EXPIRED] =
        {{"请本人重新打开“电子居住证”，出示新的二维码。",
          "Ask the holder to open “Electronic permit” again and show a new code."}},
    [PERMIT_TOKEN_FUTURE] = {{"请核对设备的时间。", "Check the clock of the device."}},
    [PERMIT_TOKEN_WRONG_KEY] = {{"可能来自别的系统，或已经很旧。",
                                 "It may come from another system, or be very old."}},
    [PERMIT_TOKEN_FORGED] = {{"可能是伪造的，不要采信。", "It may be forged; do not rely on it."}},
    [PERMIT_TOKEN_MALFORMED] = {{"可能没有复制完整，请重新扫描。",
                                 "It may have been copied in part; scan it again."}},
};

static const struct {
    const char *title[LANG_COUNT], *code[LANG_COUNT], *check[LANG_COUNT];
    const char *number[LANG_COUNT], *place[LANG_COUNT], *status[LANG_COUNT], *until[LANG_COUNT];
    const char *other[LANG_COUNT], *note[LANG_COUNT];
} words = {
    .title = {"核验电子居住证", "Check an electronic permit"},
    .code = {"二维码中的文字", "Text of the QR code"},
    .check = {"核验", "Check"},
    .number = {"证号", "Number"},
    .place = {"签发地", "Issued in"},
    .status = {"状态", "Status"},
    .until = {"二维码有效至", "Code valid until"},
    .other = {"English", "中文"},
    .note = {"核验只显示以上内容，不留存扫码人的信息。",
             "Nothing else is shown, and nothing about who checks is kept."},
};

/* --- pieces --- */

/* A moment as people here read it: Beijing time. */
static void add_moment(struct buf *out, int64_t micros)
{
    const int64_t s = (micros - date_first_instant(date_of_instant(micros))) / MICROS_PER_SECOND;

    date_add_text(out, date_of_instant(micros));
    buf_printf(out, " %02d:%02d:%02d", (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
}

static void add_row(struct buf *out, const char *label, struct str value)
{
    if (value.n == 0) return;
    buf_printf(out, "<dt>%s</dt><dd>", label);
    buf_add_html(out, value);
    buf_add_c(out, "</dd>\n");
}

static void add_shown(struct buf *out, enum lang l, const struct permit_shown *x)
{
    const struct life_state *state = life_state_named(&permit_life, str_from_c(x->state));
    const struct division *d = division_find(x->division);

    buf_add_c(out, "<dl>\n");
    add_row(out, words.number[l], str_from_c(x->number));
    add_row(out, words.status[l], str_from_c(state ? state->text[l] : x->state));
    if (d) add_row(out, words.place[l], str_from_c(l == LANG_ZH ? d->zh : d->en));
    buf_printf(out, "<dt>%s</dt><dd>", words.until[l]);
    add_moment(out, x->expires);
    buf_add_c(out, "</dd>\n</dl>\n");
}

static void add_result(struct buf *out, enum lang l, const struct verify_view *v)
{
    const bool good = v->verdict == PERMIT_TOKEN_GOOD;

    buf_printf(out,
               "<section class=\"%s\" role=\"status\">\n<h2><span aria-hidden=\"true\">%s</span> "
               "%s</h2>\n<p>%s</p>\n",
               good ? "good" : "bad", good ? "✓" : "✗", permit_verdict_text(v->verdict, l),
               advice[v->verdict].text[l]);
    if (v->verdict <= PERMIT_TOKEN_FUTURE) add_shown(out, l, v->shown);
    buf_add_c(out, "</section>\n");
}

static void add_form(struct buf *out, enum lang l, struct str token)
{
    buf_printf(out,
               "<form method=\"get\" action=\"verify\">\n<label for=\"token\">%s</label>\n"
               "<textarea id=\"token\" name=\"token\" rows=\"4\" required spellcheck=\"false\">",
               words.code[l]);
    buf_add_html(out, token);
    buf_printf(out,
               "</textarea>\n<input type=\"hidden\" name=\"lang\" value=\"%s\">\n"
               "<button type=\"submit\">%s</button>\n</form>\n",
               l == LANG_ZH ? "zh" : "en", words.check[l]);
}

/* --- the page --- */

void page_add_verify(struct buf *out, enum lang l, const struct verify_view *v)
{
    buf_printf(out,
               "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
               "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
               "<meta name=\"robots\" content=\"noindex\">\n<title>",
               l == LANG_ZH ? "zh-CN" : "en");
    if (v->asked) buf_printf(out, "%s - ", permit_verdict_text(v->verdict, l));
    buf_printf(out,
               "%s</title>\n<link rel=\"stylesheet\" href=\"verify.css\">\n</head>\n<body>\n"
               "<main>\n<h1>%s</h1>\n",
               words.title[l], words.title[l]);
    if (v->asked) add_result(out, l, v);
    add_form(out, l, v->token);
    buf_printf(out,
               "<p>%s</p>\n<p><a hreflang=\"%s\" lang=\"%s\" href=\"verify?lang=%s\">%s</a></p>\n",
               words.note[l], l == LANG_ZH ? "en" : "zh-CN", l == LANG_ZH ? "en" : "zh-CN",
               l == LANG_ZH ? "en" : "zh", words.other[l]);
    buf_add_c(out, "</main>\n</body>\n</html>\n");
}

const char page_style[] =
    ":root{color-scheme:light dark;--ink:#1a1a1a;--paper:#fff;--good:#0b6b2e;--bad:#a11919;"
    "--line:#767676;--act:#0b57a4}\n"
    "@media (prefers-color-scheme:dark){:root{--ink:#f0f0f0;--paper:#161616;--good:#7bd69b;"
    "--bad:#ff9d94;--line:#9a9a9a;--act:#8cc2ff}}\n"
    "body{margin:0;background:var(--paper);color:var(--ink);font:1.125rem/1.6 system-ui,"
    "sans-serif}\n"
    "main{max-width:36rem;margin:0 auto;padding:1rem}\n"
    "h1{font-size:1.4rem}h2{font-size:1.8rem;margin:.2rem 0}\n"
    "section{border:3px solid;border-radius:.5rem;padding:.8rem 1rem;margin-bottom:1.5rem}\n"
    ".good{border-color:var(--good)}.good h2{color:var(--good)}\n"
    ".bad{border-color:var(--bad)}.bad h2{color:var(--bad)}\n"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1rem;margin:.5rem 0}\n"
    "dt{opacity:.85}dd{margin:0;font-weight:600;overflow-wrap:anywhere}\n"
    "label{display:block;font-weight:600}\n"
    "textarea{width:100%;box-sizing:border-box;font:1rem/1.4 monospace;border:2px solid "
    "var(--line);border-radius:.3rem;background:var(--paper);color:var(--ink)}\n"
    "button{min-height:3rem;min-width:8rem;margin-top:.5rem;font:inherit;font-weight:600;"
    "border:2px solid var(--act);border-radius:.3rem;background:var(--act);color:var(--paper)}\n"
    "a{color:var(--act);display:inline-block;min-height:2.75rem;line-height:2.75rem}\n";
