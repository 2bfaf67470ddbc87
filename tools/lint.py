#!/usr/bin/python3
"""Lint that needs no compiler: how long things are, and what may not stand in a file.

usage: lint.py [ROOT]                  exit status 1 when something is wrong

  length    functions of more than 70 lines (tools/lint_exceptions.txt names those that may be
            longer, with the reason), files of more than 1,500, lines of more than 100 characters
  banned    C functions that cannot be used safely
  head      a .c file of src/ without a comment at its top
  typedef   `typedef struct`
  private   paths and hosts of the machine somebody works on
"""
import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import source

FUNCTION_LINES = 70
FILE_LINES = 1500
LINE_CHARS = 100

BANNED = {
    "strcpy": "str_copy", "strcat": "buf_add", "strncpy": "str_copy", "strncat": "buf_add",
    "sprintf": "buf_printf", "vsprintf": "buf_printf", "gets": "file_map", "strtok": "str",
    "atoi": "decimal", "atol": "decimal", "atoll": "decimal", "atof": "decimal",
    "scanf": "decimal", "sscanf": "decimal", "fscanf": "decimal", "alloca": "arena_alloc",
    "setjmp": "enum err", "longjmp": "enum err", "tmpnam": "file_new_open",
    "asctime": "date", "ctime": "date",
}
BANNED_IN_SRC = {"system": "nothing", "popen": "nothing"}
BANNED_PATTERN = re.compile(r"\b(" + "|".join([*BANNED, *BANNED_IN_SRC]) + r")\s*\(")

# Written in pieces, so that this file does not find itself.
PRIVATE = [
    "/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/", "fa" + "rm-", "/tm" + "p/b-", "issues sh" + "ow",
    "registry." + "npmjs", "deb." + "debian.org", "\"resol" + "ved\": \"http", "brief" + ".md",
]
TEXT_SUFFIXES = {
    ".c", ".h", ".def", ".py", ".sh", ".md", ".txt", ".build", ".json", ".ini", ".csv", ".yml",
    ".svg", ".in", "",
}


def exceptions(root):
    """(file, function) -> reason."""
    found = {}
    path = root / "tools" / "lint_exceptions.txt"
    if path.is_file():
        for line in path.read_text(encoding="utf-8").split("\n"):
            if line.strip() and not line.startswith("#"):
                file, function, reason = line.split(None, 2)
                found[(file, function)] = reason
    return found


def functions(text):
    """(name, first line, lines) of each function: its body stands between { and } in column 0."""
    lines = source.code_of(text).split("\n")
    opened = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            opened = number
        elif line == "}" and opened:
            yield name_above(lines, opened - 1), opened, number - opened - 1
            opened = None


def name_above(lines, at):
    """The name of the function whose head ends in the line before `at`."""
    head = ""
    for index in range(at - 1, max(-1, at - 12), -1):
        if lines[index].strip() in ("", "}") or lines[index].rstrip().endswith(";"):
            break
        head = lines[index] + " " + head
    match = re.search(r"(\w+)\s*\(", re.sub(r"__attribute__\s*\(\(.*?\)\)", "", head))
    return match.group(1) if match else "?"


def lint_c(root, path, text, allowed, used, findings):
    name = str(path.relative_to(root))
    lines = text.split("\n")
    if len(lines) > FILE_LINES:
        findings.append(f"{name}: {len(lines)} lines; {FILE_LINES} at most")
    for function, line, length in functions(text) if path.suffix != ".def" else ():
        if length <= FUNCTION_LINES:
            continue
        if (name, function) in allowed:
            used.add((name, function))
        else:
            findings.append(f"{name}:{line}: {function}: {length} lines; {FUNCTION_LINES} at most")
    for number, line in enumerate(lines, 1):
        if len(line) > LINE_CHARS and path.suffix != ".def":
            findings.append(f"{name}:{number}: {len(line)} characters; {LINE_CHARS} at most")
    for number, line in enumerate(source.code_of(text).split("\n"), 1):
        match = BANNED_PATTERN.search(line)
        if match:
            word = match.group(1)
            instead = BANNED.get(word) or (BANNED_IN_SRC[word] if name.startswith("src/") else None)
            if instead:
                findings.append(f"{name}:{number}: {word}: banned; use {instead}")
        if re.search(r"\btypedef\s+(struct|union|enum)\b[^(]*$", line):
            findings.append(f"{name}:{number}: typedef of a struct, union or enum")
    if path.suffix == ".c" and name.startswith("src/") and not text.lstrip().startswith("/*"):
        findings.append(f"{name}:1: no comment that says what the file is for")


def tracked(root):
    """Files that git knows, or all when this is no checkout."""
    if shutil.which("git"):
        run = subprocess.run(
            ["git", "-C", str(root), "ls-files", "-z"], capture_output=True, check=False
        )
        if run.returncode == 0 and run.stdout:
            return [root / n for n in run.stdout.decode("utf-8").split("\0") if n]
    return [p for p in sorted(root.rglob("*")) if p.is_file() and "build" not in p.parts]


def lint_private(root, path, findings):
    if path.suffix not in TEXT_SUFFIXES or not path.is_file():
        return
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return  # inputs of tests may be broken on purpose
    for number, line in enumerate(text.split("\n"), 1):
        for word in PRIVATE:
            if word in line:
                findings.append(f"{path.relative_to(root)}:{number}: {word}: of one machine only")


def check(root):
    root = Path(root).resolve()
    findings, used, allowed = [], set(), exceptions(root)
    for path in source.files(root, ["src", "tests", "bench", "include"]):
        lint_c(root, path, path.read_text(encoding="utf-8"), allowed, used, findings)
    for file, function in sorted(set(allowed) - used):
        findings.append(f"tools/lint_exceptions.txt: {file} {function}: no longer needed")
    for path in tracked(root):
        lint_private(root, path, findings)
    return findings


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    findings = check(root)
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
