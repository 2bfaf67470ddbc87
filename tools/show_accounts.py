#!/usr/bin/python3
"""Where the demonstration runs and who may sign in: show_accounts.py ADDRESS ACCOUNTS.json"""
import json
import sys
import unicodedata


def width(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


address, path = sys.argv[1:]
print(f"\n  {address}\n\n  演示账号 / demo accounts")
with open(path, encoding="utf-8") as file:
    for account in json.load(file):
        note = account["note"] + " " * (22 - width(account["note"]))
        print(f"    {account['login']:12} {account['password']}   {note} {account['note_en']}")
print("\n  Ctrl-C 结束 / ends it\n", flush=True)
