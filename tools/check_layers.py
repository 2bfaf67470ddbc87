#!/usr/bin/python3
"""Imports run one way only: each room of src/ includes only the rooms below it.

usage: check_layers.py [ROOT]          exit status 1 when something is wrong

Checked, from the #include lines of src/, tests/ and bench/:
  1. room -> room as in ROOMS (design: base <- lang <- engine <- service <- cli, ...);
  2. X_internal.h is included only in its own folder, and by the tests of that room;
  3. system headers that only one room may use (SQL in store, HTTP in http, ...);
  4. no clock and no input or output in lang and engine, no floating point in base, lang, engine;
  5. the .h and .c files of src/ include each other without a cycle;
  6. a .c file with a header of the same name includes that header first.
"""
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import source

ROOMS = {
    "base": set(),
    "lang": {"base"},
    "engine": {"base", "lang"},
    "store": {"base"},
    "service": {"base", "lang", "engine", "store"},
    "http": {"base", "service", "store"},
    "embed": {"base", "lang", "engine", "service"},
    "cli": {"base", "lang", "engine", "store", "service", "http"},
}

# Folders of tests/unit and the room each belongs to.
TEST_ROOMS = {"check": "lang", "vm": "engine"}

# System headers and who may include them; the rest of the world may not.
RESERVED = [
    (r"sqlite3\.h|libpq-fe\.h|pg_.*", {"store"}, "only store speaks SQL"),
    (r"microhttpd\.h|curl/.*|cjose/.*|sys/socket\.h|netinet/.*|arpa/.*", {"http"}, "only http speaks HTTP"),
    (r"openssl/.*|sodium\.h", {"base"}, "cryptography lies in base"),
    (r"jansson\.h", {"base", "service", "http", "cli"}, "lang and engine read no JSON"),
    (r"pthread\.h|threads\.h", {"engine", "store", "service", "http", "cli"}, "no threads here"),
]
NO_IO = {"lang", "engine"}
IO_HEADERS = r"time\.h|sys/.*|unistd\.h|fcntl\.h|dirent\.h|base/file\.h|poll\.h|locale\.h"
IO_WORDS = (
    r"\b(time|clock|clock_gettime|gettimeofday|localtime(?:_r)?|gmtime(?:_r)?|getenv|fopen|open|"
    r"fread|fwrite|fputs|printf|fprintf|puts|putchar|getchar|rand|random|srand|getpid|isatty)\s*\("
)
EXACT = {"base", "lang", "engine"}
INEXACT_WORDS = r"\b(float|double|_Float\d+|strtod|strtof|atof|math\.h)\b"


def room_of(root, path):
    parts = path.relative_to(root).parts
    return parts[1] if parts[0] == "src" and len(parts) > 2 else None


def check_rooms(root, path, text, room, findings):
    for line, name, is_system in source.includes_of(text):
        where = f"{path.relative_to(root)}:{line}"
        if is_system:
            for pattern, rooms, why in RESERVED:
                if re.fullmatch(pattern, name) and room not in rooms:
                    findings.append(f"{where}: <{name}> in {room}: {why}")
        else:
            other = name.split("/")[0] if "/" in name else room
            if other not in ROOMS:
                if other != "jifen":  # include/jifen.h
                    findings.append(f'{where}: "{name}" is in no room of src/')
            elif other != room and other not in ROOMS[room]:
                findings.append(f'{where}: {room} may not include {other} ("{name}")')
            if name.endswith("_internal.h") and other != room:
                findings.append(f'{where}: "{name}" stays in src/{other}')
        if room in NO_IO and re.fullmatch(IO_HEADERS, name):
            findings.append(f'{where}: "{name}": {room} reads no clock and does no input or output')


def check_words(root, path, text, room, findings):
    rules = []
    if room in NO_IO:
        rules.append((IO_WORDS, "reads no clock and does no input or output"))
    if room in EXACT:
        rules.append((INEXACT_WORDS, "has no floating point"))
    for number, line in enumerate(source.code_of(text).split("\n"), 1):
        for pattern, why in rules:
            match = re.search(pattern, line)
            if match:
                word = match.group(1)
                findings.append(f"{path.relative_to(root)}:{number}: {word}: {room} {why}")


def check_own_header_first(root, path, text, findings):
    own = path.with_suffix(".h")
    if path.suffix != ".c" or not own.is_file():
        return
    included = source.includes_of(text)
    if not included or Path(included[0][1]).name != own.name:
        findings.append(f"{path.relative_to(root)}:1: {own.name} must be the first include")


def check_tests(root, path, text, findings):
    parts = path.relative_to(root).parts
    folder = parts[2] if parts[:2] == ("tests", "unit") and len(parts) > 3 else None
    room = TEST_ROOMS.get(folder, folder)
    for line, name, is_system in source.includes_of(text):
        if is_system or not name.endswith("_internal.h") or "/" not in name:
            continue
        other = name.split("/")[0]
        if other in ROOMS and other != room:
            findings.append(f'{path.relative_to(root)}:{line}: "{name}" stays in src/{other}')


def check_cycles(root, graph, findings):
    """Depth-first over file -> included files; reports each cycle once, from where it was met."""
    state = {}

    def visit(node, trail):
        state[node] = "open"
        for following in graph.get(node, ()):
            if state.get(following) == "open":
                cycle = trail[trail.index(following):] + [following]
                findings.append("cycle of includes: " + " -> ".join(cycle))
            elif following not in state:
                visit(following, trail + [following])
        state[node] = "done"

    for node in sorted(graph):
        if node not in state:
            visit(node, [node])


def check(root):
    root = Path(root).resolve()
    findings, graph = [], {}
    for path in source.files(root, ["src"]):
        text = path.read_text(encoding="utf-8")
        room = room_of(root, path)
        if room not in ROOMS:
            findings.append(f"{path.relative_to(root)}: not in a known room of src/")
            continue
        check_rooms(root, path, text, room, findings)
        check_words(root, path, text, room, findings)
        check_own_header_first(root, path, text, findings)
        name = str(path.relative_to(root / "src"))
        graph[name] = [
            included if "/" in included else f"{room}/{included}"
            for _, included, is_system in source.includes_of(text)
            if not is_system and not included.endswith(".def")
        ]
    for path in source.files(root, ["tests", "bench"]):
        check_tests(root, path, path.read_text(encoding="utf-8"), findings)
    check_cycles(root, graph, findings)
    return findings


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    findings = check(root)
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
