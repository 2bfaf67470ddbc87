#!/usr/bin/python3
"""The interface as it describes itself: openapi_test.py JIFEN."""
import json
import re
import subprocess
import sys
import unittest
from pathlib import Path

import jsonschema

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import tap

JIFEN = sys.argv.pop(1)
METHODS = ("get", "post", "delete")


def jifen(*args):
    return subprocess.run([JIFEN, *args], capture_output=True, check=True).stdout.decode()


def refs(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "$ref":
                yield inner
            else:
                yield from refs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from refs(inner)


def policies():
    """policy.def, read by itself: code -> (roles, place, purposes)."""
    text = (ROOT / "src/service/policy.def").read_text(encoding="utf-8")
    row = re.compile(r'^POLICY\((\w+), "([\w.]+)", (.*?), (NONE|SELF|OWN|ANY), "([\w|]*)", "', re.M)
    found = {}
    for _, code, roles, place, purposes in row.findall(text):
        names = {name.lower() for name in re.findall(r"R\((\w+)\)", roles)}
        found[code] = (names, place.lower(), [p for p in purposes.split("|") if p])
    return found


class OpenApi(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.zh = json.loads(jifen("openapi", "--lang", "zh"))
        cls.en = json.loads(jifen("openapi", "--lang", "en"))
        cls.operations = [(path, method, item[method]) for path, item in cls.zh["paths"].items()
                          for method in METHODS if method in item]

    def test_refs(self):
        """every reference leads somewhere"""
        for ref in set(refs(self.zh)):
            at = self.zh
            for part in ref.removeprefix("#/").split("/"):
                self.assertIn(part, at, ref)
                at = at[part]

    def test_operations(self):
        """operations have names of their own, a summary, and the parameters of their path"""
        names = [operation["operationId"] for _, _, operation in self.operations]
        self.assertEqual(len(names), len(set(names)))
        for path, method, operation in self.operations:
            declared = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
            self.assertEqual(declared, set(re.findall(r"{(\w+)}", path)), path)
            self.assertTrue(operation["summary"])
            self.assertEqual(operation["x-body-limit"] > 0, method == "post", path)

    def test_policies(self):
        """every operation has its row in policy.def and says what stands there"""
        rows = policies()
        self.assertGreater(len(rows), 20)
        for path, _, operation in self.operations:
            roles, place, purposes = rows[operation["x-action"]]
            self.assertEqual(set(operation["x-roles"]), roles, path)
            self.assertEqual(operation["x-place"], place, path)
            self.assertEqual(operation["x-purposes"], purposes, path)
            headers = {p["name"]: p for p in operation["parameters"] if p["in"] == "header"}
            self.assertEqual("X-Purpose" in headers, bool(purposes), path)
            self.assertEqual({} in operation["security"], "nobody" in roles, path)

    def test_schemas(self):
        """the schemas are schemas, and say the same in both languages"""
        for name, schema in self.zh["components"]["schemas"].items():
            jsonschema.Draft202012Validator.check_schema(schema)
            self.assertEqual(shape(schema), shape(self.en["components"]["schemas"][name]))

    def test_languages(self):
        """the English document has no Chinese, the Chinese one has"""
        chinese = re.compile("[\u4e00-\u9fff]")
        self.assertIsNone(chinese.search(json.dumps(self.en, ensure_ascii=False)))
        for path, _, operation in self.operations:
            self.assertIsNotNone(chinese.search(operation["summary"]), path)

    def test_page(self):
        """docs/API.md is what jifen openapi --markdown prints"""
        page = (ROOT / "docs/API.md").read_text(encoding="utf-8")
        self.assertEqual(page, jifen("openapi", "--markdown"))


def shape(value):
    """Without the texts."""
    if isinstance(value, dict):
        return {k: shape(v) for k, v in value.items() if k != "description" or not isinstance(v, str)}
    return [shape(v) for v in value] if isinstance(value, list) else value


tap.main(__name__)
