#!/usr/bin/python3
"""A file as a C array: embed.py NAME INPUT OUTPUT. The header gives `NAME` as struct str."""
import sys

name, source, target = sys.argv[1:]
with open(source, "rb") as f:
    data = f.read()
lines = [",".join("'\\x%02x'" % b for b in data[at:at + 16]) for at in range(0, len(data), 16)]
with open(target, "w", encoding="ascii") as f:
    f.write("static const char %s_bytes[] = {%s};\n" % (name, ",\n".join(lines)))
    f.write("static const struct str %s = {%s_bytes, sizeof %s_bytes};\n" % (name, name, name))
