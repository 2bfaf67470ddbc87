"""The examples of docs/RULES*.md: find them, put each into a folder of its own.

An example is a fence of four backticks whose info line starts with one of the words below:

    规则文件 | rule-file        a complete rule file
    规则片段 | rule-snippet     code that goes below the file named 底稿 | base

followed by 通过 | ok, or 错误 CODE | error CODE (a snippet is always expected to be right), and by
名=X | name=X to name a file, 接=X | with=X to compile it together with a named one.
"""

import os
import re

WORDS = {
    "规则文件": "file", "rule-file": "file", "规则片段": "snippet", "rule-snippet": "snippet",
    "通过": "ok", "ok": "ok", "错误": "error", "error": "error",
    "名": "name", "name": "name", "接": "with", "with": "with", "底稿": "base", "base": "base",
}
OPEN = re.compile(r"^````(规则文件|规则片段|rule-file|rule-snippet)(.*)$")


class Example:
    def __init__(self, line, kind, info):
        self.line, self.kind, self.text = line, kind, ""
        self.code, self.name, self.other = None, None, None
        words = info.split()
        while words:
            word, _, value = words.pop(0).partition("=")
            meaning = WORDS[word]
            if meaning == "error":
                self.code = words.pop(0)
            elif meaning == "name":
                self.name = WORDS.get(value, value)
            elif meaning == "with":
                self.other = WORDS.get(value, value)
        if kind == "snippet":
            self.other = "base"


def read(path):
    """All examples of a document, in order. A fence that does not close is an error."""
    found, current, heading = [], None, ""
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            if current is None:
                m = OPEN.match(line.rstrip("\n"))
                if m:
                    current = Example(number, WORDS[m.group(1)], m.group(2))
                    current.heading = heading
                elif line.startswith("#") or line.startswith("**RF"):
                    heading = line.strip("#* \n")
            elif line.rstrip("\n") == "````":
                found.append(current)
                current = None
            else:
                current.text += line
    if current is not None:
        raise SystemExit("%s:%d: fence does not close" % (path, current.line))
    return found


def folder(examples, example, path):
    """Write the example, and what it needs, as rule files into the new folder `path`."""
    os.makedirs(path)
    text = example.text
    if example.other:
        base = next(e for e in examples if e.name == example.other)
        if example.kind == "snippet":
            word = "规则" if base.text.startswith("规则语言") else "rules"
            text = "%s\n## %s\n\n```%s\n%s```\n" % (base.text, word, word, example.text)
        else:
            with open(os.path.join(path, "above.md"), "w", encoding="utf-8") as f:
                f.write(base.text)
    with open(os.path.join(path, "example.md"), "w", encoding="utf-8") as f:
        f.write(text)
