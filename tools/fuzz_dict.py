#!/usr/bin/python3
"""A dictionary for libFuzzer from the keyword table: fuzz_dict.py src/lang/keyword.def > OUT.

Each keyword and unit word of both languages becomes a line; bytes outside ASCII are escaped, as
libFuzzer wants them. Some pieces of structure are added, so that blocks and headers are found."""
import re
import sys

STRUCTURE = [
    "规则语言 中文 1\n", "rules en 1\n", "```规则\n", "```rules\n", "```\n", ":\n  ", "「", "」",
    "“", "”", "：", "，", " (name)", "330000", "2026-03-01", "2026年3月1日", "0.01分", "## ",
]


def entry(word):
    data = "".join(
        chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\x{b:02X}" for b in word.encode("utf-8")
    )
    return f'"{data}"'


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        words = re.findall(r'"([^"]+)"', file.read())
    for word in dict.fromkeys([*words, *STRUCTURE]):
        print(entry(word))


main()
