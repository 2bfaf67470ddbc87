/* Reading rule folders.
 *
 * Structure: paths are collected (folders walked in the order of names), sorted, read, and handed
 * to the compiler. Texts are copied into the arena, so nothing stays mapped.
 *
 * Invariants: files are ordered by path whatever the file system says; at most FILES_MAX files,
 * DEPTH_MAX folders deep. */
#include "service/rule_files.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"

#define FILES_MAX 4096u
#define DEPTH_MAX 8
#define FILE_BYTES_MAX ((size_t)16 << 20)

struct collector {
    struct arena *arena;
    struct rule_set *set;
    size_t cap;
};

static bool is_markdown(struct str path)
{
    return path.n > 3 && memcmp(path.p + path.n - 3, ".md", 3) == 0;
}

bool rule_file_has_head(struct str text)
{
    if (str_starts(text, STR("\xEF\xBB\xBF"))) text = (struct str){text.p + 3, text.n - 3};
    return str_starts(text, STR("规则语言 ")) || str_starts(text, STR("rules "));
}

/* Add one file's text. In a folder only files with a rule file's first line are meant. */
static enum err collect_file(struct collector *c, struct str path, bool in_folder)
{
    struct file_map map;
    enum err e = file_map(path.p, &map);
    c->set->trouble = path;
    if (e != ERR_OK) return e;
    struct str text = {NULL, 0};
    bool wanted = !in_folder || rule_file_has_head(map.bytes);
    if (wanted && map.bytes.n > FILE_BYTES_MAX) e = ERR_INPUT;
    if (e == ERR_OK && wanted) {
        text = str_copy(c->arena, map.bytes);
        if (text.p == NULL) e = ERR_NOMEM;
    }
    file_unmap(&map);
    if (e != ERR_OK) return e;
    if (!wanted) {
        c->set->prose_files++;
        return ERR_OK;
    }
    if (c->set->file_count == FILES_MAX) return ERR_INPUT;
    if (c->set->file_count == c->cap) {
        size_t cap = c->cap == 0 ? 16 : c->cap * 2;
        struct src_file *files =
            arena_grow(c->arena, c->set->files, c->set->file_count, cap, sizeof *files);
        if (files == NULL) return ERR_NOMEM;
        c->set->files = files;
        c->cap = cap;
    }
    enum lang lang = str_starts(text, STR("rules ")) ? LANG_EN : LANG_ZH;
    c->set->files[c->set->file_count++] = (struct src_file){path, text, lang};
    return ERR_OK;
}

static struct str path_join(struct arena *a, struct str folder, const char *name)
{
    struct buf b;
    buf_init(&b, 0);
    buf_add(&b, folder);
    if (folder.n > 0 && folder.p[folder.n - 1] != '/') buf_add_char(&b, '/');
    buf_add_c(&b, name);
    struct str s = buf_err(&b) == ERR_OK ? str_copy(a, buf_str(&b)) : (struct str){NULL, 0};
    buf_done(&b);
    return s;
}

static enum err collect_path(struct collector *c, struct str path, int depth);

static enum err collect_folder(struct collector *c, struct str folder, int depth)
{
    if (depth == DEPTH_MAX) return ERR_OK;
    struct dirent **entries;
    int n = scandir(folder.p, &entries, NULL, alphasort);
    if (n < 0) return ERR_IO;
    enum err e = ERR_OK;
    for (int i = 0; i < n; i++) {
        if (e == ERR_OK && entries[i]->d_name[0] != '.') {
            struct str path = path_join(c->arena, folder, entries[i]->d_name);
            e = path.p == NULL ? ERR_NOMEM : collect_path(c, path, depth + 1);
        }
        free(entries[i]);
    }
    free(entries);
    return e;
}

static enum err collect_path(struct collector *c, struct str path, int depth)
{
    struct stat st;
    c->set->trouble = path;
    if (stat(path.p, &st) != 0) return depth > 0 ? ERR_OK : ERR_NOT_FOUND;
    if (S_ISDIR(st.st_mode)) return collect_folder(c, path, depth);
    if (depth > 0 && (!is_markdown(path) || !S_ISREG(st.st_mode))) return ERR_OK;
    return collect_file(c, path, depth > 0);
}

static int file_path_cmp(const void *x, const void *y)
{
    const struct src_file *a = x, *b = y;
    return str_cmp(a->path, b->path);
}

/* The same file named twice counts once. */
static size_t drop_repeats(struct src_file *files, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || !str_eq(files[kept - 1].path, files[i].path)) files[kept++] = files[i];
    return kept;
}

enum err rule_files_read(struct arena *a, const char *const *paths, size_t count,
                         struct rule_set *ret)
{
    *ret = (struct rule_set){0};
    struct collector c = {.arena = a, .set = ret};
    for (size_t i = 0; i < count; i++) {
        struct str path = str_copy(a, str_from_c(paths[i]));
        enum err e = path.p == NULL ? ERR_NOMEM : collect_path(&c, path, 0);
        if (e != ERR_OK) return e;
    }
    ret->trouble = count > 0 ? str_from_c(paths[0]) : (struct str){NULL, 0};
    if (ret->file_count == 0) return ERR_INPUT;
    qsort(ret->files, ret->file_count, sizeof *ret->files, file_path_cmp);
    ret->file_count = drop_repeats(ret->files, ret->file_count);
    return ERR_OK;
}

static bool is_image_path(const char *path)
{
    struct stat st;
    return !is_markdown(str_from_c(path)) && stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static enum err load_image(struct arena *a, const char *path, struct rule_set *ret)
{
    struct file_map map;
    ret->trouble = str_from_c(path);
    enum err e = file_map(path, &map);
    if (e != ERR_OK) return e;
    struct str bytes = str_copy(a, map.bytes); /* the image may point into its bytes */
    file_unmap(&map);
    if (bytes.p == NULL) return ERR_NOMEM;
    return rules_image_read(a, bytes, &ret->rules);
}

enum err rule_set_load(struct arena *a, const char *const *paths, size_t count,
                       struct diag_list *diags, struct rule_set *ret)
{
    *ret = (struct rule_set){0};
    if (count == 1 && is_image_path(paths[0])) return load_image(a, paths[0], ret);
    enum err e = rule_files_read(a, paths, count, ret);
    if (e != ERR_OK) return e;
    return rules_compile(a, ret->files, ret->file_count, diags, &ret->rules);
}
