"""C sources as the checks in this folder see them: which files there are, and their code without
comments and strings (line for line, so that line numbers stay)."""
import re
from pathlib import Path

C_SUFFIXES = (".c", ".h", ".def")

_TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.DOTALL
)


def files(root, folders, suffixes=C_SUFFIXES):
    """Every file with one of the suffixes below the folders, in a fixed order."""
    found = []
    for folder in folders:
        base = Path(root) / folder
        if base.is_dir():
            found += [p for p in base.rglob("*") if p.is_file() and p.suffix in suffixes]
    return sorted(found)


def code_of(text):
    """The text with comments blanked and the contents of strings dropped; newlines stay."""

    def blank(match):
        word = match.group(0)
        if word.startswith("/"):
            return " " + "\n" * word.count("\n")
        return word[0] + word[0]

    return _TOKEN.sub(blank, text)


def includes_of(text):
    """(line number, name, is_system) of each #include."""
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if match:
            found.append((number, match.group(2), match.group(1) == "<"))
    return found
