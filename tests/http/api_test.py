#!/usr/bin/python3
"""Every route of the running server, as every role and as nobody: api_test.py JIFEN.

The database is SQLite, or that of the URL in JIFEN_STORE (tests/store/on_postgres.py).

What is expected comes from src/service/policy.def, read here by itself; what is answered is held
against the schemas of the server's own OpenAPI document. A route without an example here fails.
"""
import base64
import json
import os
import re
import subprocess
import sys
import unittest
import zlib
from pathlib import Path

import jsonschema

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parents[1] / "tools"))
import county
import tap

JIFEN = sys.argv.pop(1)
ROLES = ("nobody", "resident", "clerk", "reviewer", "department", "rule_owner", "auditor",
         "security", "operator")
METHODS = ("get", "post", "delete")
CHINESE = re.compile("[\u4e00-\u9fff]")
C = None


def setUpModule():
    global C
    C = county.County(JIFEN, database=os.environ.get("JIFEN_STORE"), options=["--behind-proxy"])


def tearDownModule():
    C.close()


def policies():
    """policy.def: code -> (roles, place, purposes)."""
    text = (county.ROOT / "src/service/policy.def").read_text(encoding="utf-8")
    row = re.compile(r'^POLICY\((\w+), "([\w.]+)", (.*?), (NONE|SELF|OWN|ANY), "([\w|]*)", "', re.M)
    return {code: ({r.lower() for r in re.findall(r"R\((\w+)\)", roles)}, place,
                   [p for p in purposes.split("|") if p])
            for _, code, roles, place, purposes in row.findall(text)}


def picture():
    """A PNG of one dot."""
    def chunk(kind, data):
        return (len(data).to_bytes(4, "big") + kind + data
                + zlib.crc32(kind + data).to_bytes(4, "big"))

    head = bytes([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0])
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\0"))
            + chunk(b"IEND", b""))


def filing(indicator):
    return {"kind": "claim", "indicator": indicator, "reason": "new_material",
            "statement": "有新的材料，请核对。", "materials": [
                {"name": "证书.png", "media_type": "image/png",
                 "base64": base64.b64encode(picture()).decode()}]}


# --- examples: how a route is asked so that it answers 200 ----------------------------------------


class Examples:
    """By operationId: a function that gives the parts of a request, made ready at that moment."""

    def __init__(self):
        self.resident = C.person(C.code("resident"))
        self.volunteering = (C.folder / "data/volunteering.csv").read_bytes()
        self.number = self.done = self.kept = None
        self.claims = {}

    def load(self, body=None, register="volunteering", accept=False):
        """A fresh load; the data department is its owner."""
        answer = C.call("POST", "/api/v1/loads", body or self.volunteering, login="department",
                        query={"register": register}, purpose="supply", key=C.key(),
                        headers={"Content-Type": "text/csv"})
        number = answer.json["number"]
        if accept:
            C.call("POST", f"/api/v1/loads/{number}/accept", b"", login="department",
                   purpose="supply", key=C.key())
        return {"number": number}

    def receipt(self):
        if self.number is None:
            answer = C.call("POST", "/api/v1/me/receipts", {}, login="resident", key=C.key())
            self.number = answer.json["number"]
        return {"number": self.number}

    def large(self):
        """A load that takes half of a register back: a second person must look at it."""
        lines = self.volunteering.split(b"\n")
        return self.load(b"\n".join(lines[:len(lines) // 2]) + b"\n", accept=True)

    def dropped(self):
        return self.load()

    def token(self):
        return C.call("GET", "/api/v1/me/permit/qr", login="resident").json["token"]

    def of(self, operation, role):
        """path, query, body, login (who asks in the name of `role`)."""
        make = getattr(self, "ask_" + operation, None)
        if make is None:
            raise AssertionError(f"no example for the route {operation}: add ask_{operation}")
        asked = {"path": {}, "query": {}, "body": None, "login": role}
        asked.update(make(role))
        return asked

    # signing in and out: each with a session of its own
    def ask_session_show(self, role):
        return {}

    def ask_session_begin(self, role):
        return {"body": {"login": "clerk", "password": county.PASSWORD}, "keep": True}

    def ask_session_end(self, role):
        return {"fresh": True}

    # no provider is set up here (tests of sign-in have one): everybody is told so
    def ask_session_ticket(self, role):
        return {"body": {"kind": "ticket", "value": "x"}, "expect": (404, "JH0108"), "keep": True}

    def ask_signin_oidc(self, role):
        return {"query": {"return": "/"}, "expect": (404, "JH0108")}

    def ask_signin_oidc_callback(self, role):
        return {"query": {"state": "x", "code": "y"}, "expect": (404, "JH0108")}

    def ask_verify_page(self, role):
        return {"query": {"token": self.token()}}

    def ask_verify_style(self, role):
        return {}

    def ask_verify(self, role):
        return {"query": {"token": self.token()}}

    def ask_verify_key(self, role):
        return {}

    def ask_me_score(self, role):
        return {"query": {"since": "2026-11-01"}}

    def ask_me_indicator(self, role):
        return {"path": {"indicator": "pension"}}

    ask_me_indicator_history = ask_me_indicator

    def ask_me_explanation(self, role):
        return {}

    ask_me_explanation_text = ask_me_access = ask_me_receipts = ask_me_explanation
    ask_me_permit = ask_me_permit_qr = ask_divisions = ask_openapi = ask_me_explanation

    def ask_me_changes(self, role):
        return {"query": {"from": "2026-01-01"}}

    def ask_me_forecast(self, role):
        return {"query": {"years": "3", "assume": "pension"}}

    def ask_me_advice(self, role):
        return {"query": {"line": "110.5"}}

    def ask_me_receipt_make(self, role):
        return {"body": {}}

    def ask_receipt_show(self, role):
        return {"path": self.receipt()}

    def ask_me_permit_step(self, role):
        return {"path": {"event": "cancel"}, "body": {"reason": "own_request"}, "login": "unknown"
                if role == "resident" else role}

    def ask_rules_in_force(self, role):
        return {"query": {"division": "330381"}}

    def ask_rules_text(self, role):
        return {"path": {"scheme": "zhejiang"}}

    def ask_estimate(self, role):
        return {"body": {"division": 330381, "facts": {"person": [{"birth_date": "1990-01-01"}]}}}

    def ask_estimate_forecast(self, role):
        return {"body": {"division": 330381, "years": 3, "assume": "pension",
                         "facts": {"person": [{"birth_date": "1990-01-01"}]}}}

    def ask_estimate_advice(self, role):
        return {"body": {"division": 330381, "line": "60.5",
                         "facts": {"person": [{"birth_date": "1990-01-01"}]}}}

    def ask_estimate_form(self, role):
        return {"query": {"division": "330381"}}

    def account(self, **more):
        """A fresh account of staff, made by the security officer."""
        login = f"fresh-{next(C.numbers)}"
        body = {"login": login, "role": "clerk", "office": "窗口", "division": 330381,
                "password": county.PASSWORD, **more}
        answer = C.call("POST", "/api/v1/accounts", body, login="security", purpose="accounts",
                        key=C.key())
        return answer.json["account"]

    def ask_accounts(self, role):
        return {"query": {"role": "clerk"}}

    def ask_account_make(self, role):
        return {"body": {"login": f"made-{next(C.numbers)}", "role": "auditor", "office": "审计",
                         "division": 330000, "password": county.PASSWORD}}

    def ask_account_step(self, role):
        return {"path": {"account": self.account()["account"], "event": "disable"}, "body": {}}

    def ask_staff_find(self, role):
        return {"body": {"id_number": C.identity(C.code("resident"))["id_number"]}}

    def ask_staff_score(self, role):
        return {"path": {"person": self.resident}}

    ask_staff_explanation = ask_staff_permit = ask_staff_score

    def ask_staff_indicator(self, role):
        return {"path": {"person": self.resident, "indicator": "age"}}

    def ask_staff_permit_step(self, role):
        person = C.person(C.holders()[ROLES.index(role)])
        state = C.call("GET", f"/api/v1/staff/persons/{person}/permit", login="clerk",
                       purpose="window").json["state"]
        event = "hold" if role == "reviewer" and state == "valid" else "cancel"
        return {"path": {"person": person, "event": event}, "body": {"reason": "测试"}}

    def ask_load_stage(self, role):
        return {"query": {"register": "volunteering", "file": "v.csv"}, "body": self.volunteering}

    def ask_loads(self, role):
        return {}

    def ask_load_show(self, role):
        return {"path": self.load()}

    ask_load_errors = ask_load_accept = ask_load_drop = ask_load_show

    def ask_load_second(self, role):
        login = "department2" if role == "department" else role
        return {"path": self.large(), "body": b"", "login": login}

    def ask_load_reverse(self, role):
        # what this role's turn of load_second applied, taken back, so that the next one is large too
        return {"path": self.load(self.volunteering[:self.volunteering.rindex(b"\n", 0, -1) + 1],
                                  accept=True)}

    def claim(self, indicator, login="suspended"):
        """A claim with a picture; at most one on an indicator can be open."""
        if indicator not in self.claims:
            answer = C.call("POST", "/api/v1/me/claims", filing(indicator), login=login,
                            key=C.key())
            self.claims[indicator] = answer.json["number"]
        return self.claims[indicator]

    def material(self):
        number = self.claim("pension")
        claim = C.call("GET", f"/api/v1/me/claims/{number}", login="suspended").json
        return {"number": number, "id": claim["materials"][0]["id"]}

    def ask_claims_form(self, role):
        return {"query": {"division": "330381"}}

    def ask_me_claim_file(self, role):
        return {"body": filing("education")}

    def ask_me_claims(self, role):
        return {}

    def ask_me_claim(self, role):
        return {"path": {"number": self.claim("pension")},
                "login": "suspended" if role == "resident" else role}

    def ask_me_material(self, role):
        return {"path": self.material(), "login": "suspended" if role == "resident" else role}

    def ask_me_claim_step(self, role):
        return {"path": {"number": self.claim("residence"), "event": "withdraw"},
                "login": "suspended" if role == "resident" else role}

    def ask_staff_claims(self, role):
        self.claim("pension")
        return {}

    def ask_staff_claim(self, role):
        return {"path": {"number": self.claim("pension")}}

    def ask_staff_material(self, role):
        return {"path": self.material()}

    def ask_staff_claim_step(self, role):
        indicator = {"clerk": "skill", "reviewer": "age"}.get(role, "pension")
        return {"path": {"number": self.claim(indicator), "event": "take"}}

    def ask_staff_id_number(self, role):
        return {"path": {"person": self.resident},
                "body": {"id_number": "11010519491231002X", "statement": "登记有误"}}

    def ask_identity_cases(self, role):
        return {"query": {"state": "asked"}}

    def ask_identity_step(self, role):
        asked = C.call("POST", f"/api/v1/staff/persons/{self.resident}/id-number",
                       {"id_number": "11010519491231002X"}, login="clerk", purpose="window",
                       key=C.key())
        return {"path": {"number": asked.json["number"], "event": "withdraw"},
                "body": {"note": "另行核实"}}

    def draft(self):
        """A draft that the rule owner keeps: the county's file as it is."""
        if not self.kept:
            answer = C.call("POST", "/api/v1/drafts", county.draft(), login="rule_owner", purpose="rules", key=C.key())
            self.kept = answer.json["draft"]["number"]
        return self.kept

    def simulation(self, until=None):
        """A fresh simulation; `until`: wait for this state."""
        answer = C.call("POST", "/api/v1/simulations", {"draft": self.draft(), "on": "2026-11-01", "line": "60"},
                        login="rule_owner", purpose="rules", key=C.key())
        number = answer.json["number"]
        if until:
            C.simulated(number, until)
        return {"number": number}

    def reported(self):
        if not self.done:
            self.done = self.simulation("done")
        return {"path": self.done}

    def ask_draft_make(self, role):
        return {"body": county.draft()}

    def ask_drafts(self, role):
        return {}

    ask_simulations = ask_drafts

    def ask_draft_show(self, role):
        return {"path": {"number": self.draft()}}

    def ask_simulation_ask(self, role):
        return {"body": {"draft": self.draft(), "line": "60.5"}}

    def ask_simulation_show(self, role):
        return self.reported()

    ask_simulation_report = ask_simulation_page = ask_simulation_show

    def ask_simulation_cancel(self, role):
        return {"path": self.simulation() if role == "rule_owner" else self.reported()["path"]}

    def ask_audit_list(self, role):
        return {}

    ask_audit_verify = ask_audit_list

    def ask_audit_replay(self, role):
        return {"query": {"person": self.resident, "on": "2026-11-01",
                          "known_at": "2026-11-01T00:00:00Z"}}

    def ask_audit_receipt(self, role):
        return {"path": self.receipt()}

    ask_audit_receipt_replay = ask_audit_receipt


class Api(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.document = C.call("GET", "/api/v1/openapi.json").json
        cls.policies = policies()
        cls.examples = Examples()

    # --- asking ---

    def ask(self, path, method, operation, asked, purpose=None, lang="zh", login="role"):
        for name, value in asked["path"].items():
            path = path.replace("{%s}" % name, str(value))
        self.assertNotIn("{", path)
        who = asked["login"] if login == "role" else login
        headers = {}
        body = asked["body"]
        if isinstance(body, bytes) and body:
            headers["Content-Type"] = "text/csv"
        if asked.get("fresh") and who != "nobody":
            headers["Authorization"] = "Bearer " + C.sign_in(who).json["token"]
            who = "nobody"
        if asked.get("keep"):  # a sign-in ends the session it came with
            headers["Authorization"] = "Bearer " + "x" * 43
            who = "nobody"
        needs_key = any(p["name"] == "Idempotency-Key" for p in operation["parameters"])
        return C.call(method.upper(), path, b"" if body is None and method == "post" else body,
                      login=None if who == "nobody" else who, query=asked["query"],
                      headers=headers, key=C.key() if needs_key else None, purpose=purpose,
                      lang=lang)

    def problem(self, answer, status, code=None, lang="zh", guard=None):
        self.assertEqual(answer.status, status, answer)
        self.assertTrue(answer.headers["content-type"].startswith("application/problem+json"))
        self.valid(answer.json, "Problem")
        self.assertEqual(answer.json["status"], status)
        if code:
            self.assertEqual(answer.json["code"], code)
        self.assertEqual(answer.json.get("guard", guard), guard)
        text = answer.json["title"] + answer.json.get("detail", "")
        self.assertEqual(bool(CHINESE.search(text)), lang == "zh", text)

    def valid(self, value, schema):
        jsonschema.Draft202012Validator(
            {"$ref": "#/components/schemas/" + schema, "components": self.document["components"]},
            format_checker=jsonschema.FormatChecker()).validate(value)

    def answered(self, answer, operation):
        status, = (s for s in operation["responses"] if s != "default")
        self.assertEqual(answer.status, int(status), answer)
        content = operation["responses"][status]["content"]
        (media, shape), = content.items()
        self.assertTrue(answer.headers["content-type"].startswith(media))
        if media == "application/json":
            self.valid(answer.json, shape["schema"]["$ref"].rsplit("/", 1)[1])


class Walk(Api):
    """Every route as every role."""

    def walk_one(self, path, method, operation, role):
        name = operation["operationId"]
        roles, _, purposes = self.policies[operation["x-action"]]
        asked = self.examples.of(name, role)
        if role not in roles:
            expected = (401, "JH0101") if role == "nobody" else (403, "JH0102")
            for lang in ("zh", "en"):
                answer = self.ask(path, method, operation, asked, lang=lang,
                                  purpose=purposes[0] if purposes else None)
                self.problem(answer, *expected, lang=lang)
            return
        if purposes:
            for wrong in (None, "curiosity"):
                self.problem(self.ask(path, method, operation, asked, purpose=wrong), 403, "JH0105")
        answer = self.ask(path, method, operation, asked, purpose=purposes[-1] if purposes else None)
        if "expect" in asked:
            self.problem(answer, *asked["expect"])
        else:
            self.answered(answer, operation)


def add_walk(path, method, operation, role):
    def case(self):
        self.walk_one(path, method, operation, role)

    case.__doc__ = f"{method.upper()} {path} as {role}"
    setattr(Walk, f"test_{operation['operationId']}_{role}", case)


def add_walks():
    """From the program itself, so that each route and role is a case of its own."""
    text = subprocess.run([JIFEN, "openapi"], capture_output=True, check=True).stdout
    for path, item in json.loads(text)["paths"].items():
        for method in METHODS:
            for role in ROLES if method in item else ():
                add_walk(path, method, item[method], role)


add_walks()


class Boundaries(Api):
    """What a role alone does not decide."""

    def test_other_people(self):
        """a resident's own things are nobody else's, and not even known to be there"""
        number = self.examples.receipt()["number"]
        answer = C.call("GET", f"/api/v1/receipts/{number}", login="suspended")
        self.problem(answer, 404)
        self.assertEqual(C.call("GET", f"/api/v1/receipts/{number}", login="resident").status, 200)

    def test_guards_are_named(self):
        """what a life cycle refuses names the condition: a code and a sentence in one's language;
        a ground of the office is neither offered to the holder nor taken from them"""
        for lang, text in (("zh", "所选事由是您可以提出的"), ("en", "the ground is one that you may give")):
            answer = C.call("POST", "/api/v1/me/permit/cancel", {"reason": "death"}, key=C.key(),
                            login="resident", query={"lang": lang})
            self.problem(answer, 422, "JH0208", lang, "permit.ground")
            self.assertEqual(answer.json["guard_text"], text)
        can = {c["event"]: [g["ground"] for g in c["grounds"]] for c in
               C.call("GET", "/api/v1/me/permit", login="resident").json["can"]}
        self.assertEqual(can["cancel"], ["hukou_moved_in", "left", "own_request"])

    def change(self, account, event, body=None):
        return C.call("POST", f"/api/v1/accounts/{account}/{event}", body or {}, login="security",
                      purpose="accounts", key=C.key())

    def number_of(self, login):
        return C.call("GET", "/api/v1/accounts", query={"login": login}, login="security",
                      purpose="accounts").json["items"][0]["account"]

    def works(self, login, status=200):
        answer = C.call("GET", "/api/v1/staff/claims", login=login, purpose="claim")
        self.assertEqual(answer.status, status, answer)

    def test_changed_accounts_are_signed_out(self):
        """what changes an account ends its sessions at once, though they are warm in the cache, over
        HTTP and from the command line; a disabled account cannot sign in"""
        C.add_account("changed", "--role", "clerk", "--division", "330381", "--office", "窗口")
        account = self.number_of("changed")
        ways = (lambda: self.change(account, "move", {"role": "reviewer"}),
                lambda: self.change(account, "password", {"password": county.PASSWORD}),
                lambda: C.account("move", "changed", "--office", "审核"),
                lambda: C.account("disable", "changed"))
        for way in ways:
            C.tokens.pop("changed", None)
            self.works("changed")
            way()
            self.works("changed", 401)
        self.problem(C.sign_in("changed"), 401, "JH0106")
        self.assertEqual(self.change(account, "enable").json["account"]["disabled"], False)
        self.assertEqual(C.sign_in("changed").status, 200)

    def test_residents_are_signed_out(self):
        """the same for a resident who only reads"""
        C.add_account("ended", "--role", "resident", "--person", C.holders()[-3])
        self.assertEqual(C.call("GET", "/api/v1/me/score", login="ended").status, 200)
        self.change(self.number_of("ended"), "disable")
        self.problem(C.call("GET", "/api/v1/me/score", login="ended"), 401, "JH0101")
        self.assertEqual(C.call("GET", "/api/v1/rules", login="ended",
                                query={"division": "330381"}).status, 200)

    def test_accounts_that_cannot_be(self):
        """not twice, no such event or role, no short password; nobody changes his own account"""
        account = self.examples.account()["account"]
        self.assertEqual(self.change(account, "disable").status, 200)
        self.problem(self.change(account, "disable"), 409, "JH0209")
        self.problem(self.change(account, "nothing"), 404)
        self.problem(self.change(999999999, "disable"), 404)
        self.problem(self.change(account, "move", {"role": "resident"}), 422, "JH0305")
        self.problem(self.change(account, "password", {"password": "short"}), 422, "JH0313")
        self.problem(self.change(self.number_of("security"), "password",
                                 {"password": county.PASSWORD}), 403, "JH0102")

    def test_codes_are_told_once(self):
        """the secret of one-time codes comes with the first answer alone, and signs in"""
        body = {"login": "with-code", "role": "auditor", "office": "审计", "division": 330000,
                "password": county.PASSWORD}
        ask = dict(login="security", purpose="accounts", key=C.key())
        made = C.call("POST", "/api/v1/accounts", body, **ask)
        again = C.call("POST", "/api/v1/accounts", body, **ask)
        self.assertEqual(again.json, {"account": made.json["account"], "totp_uri": None})
        self.problem(C.call("POST", "/api/v1/accounts", {**body, "role": "clerk"},
                            login="security", purpose="accounts", key=C.key()), 409, "JH0205")
        self.problem(C.sign_in("with-code"), 401, "JH0106")
        secret = re.search("secret=([A-Z2-7]+)", made.json["totp_uri"])[1]
        self.assertEqual(C.sign_in("with-code", totp=county.one_time_code(secret)).status, 200)

    def test_other_places(self):
        """a clerk of another place sees nobody of this one, nor whether somebody is there"""
        person = self.examples.resident
        for who in (person, 999999999):
            for what in ("score", "score/age", "explanation", "permit"):
                answer = C.call("GET", f"/api/v1/staff/persons/{who}/{what}", login="elsewhere",
                                purpose="window")
                self.problem(answer, 403, "JH0102")
            answer = C.call("POST", f"/api/v1/staff/persons/{who}/permit/cancel", {"reason": "x"},
                            login="elsewhere", purpose="window", key=C.key())
            self.problem(answer, 403, "JH0102")
        found = C.call("POST", "/api/v1/staff/persons/find",
                       {"id_number": C.identity(C.code("resident"))["id_number"]},
                       login="elsewhere", purpose="window")
        self.assertEqual(found.json, {"matches": [], "elsewhere": 1})

    def test_reads_are_shown(self):
        """who looked, from which office and why, is shown to the person; refusals are not reads"""
        number = "A2026000042"
        before = C.call("GET", "/api/v1/me/access", login="suspended").json["items"]
        person = C.person(C.code("suspended"))
        C.call("GET", f"/api/v1/staff/persons/{person}/score", login="clerk", purpose="claim",
               headers={"X-Case": number})
        C.call("GET", f"/api/v1/staff/persons/{person}/score", login="clerk")
        C.call("GET", f"/api/v1/staff/persons/{person}/score", login="elsewhere", purpose="window")
        items = C.call("GET", "/api/v1/me/access", login="suspended").json["items"]
        new = items[:len(items) - len(before)]
        self.assertEqual([(x["what"], x["purpose"], x["case"]) for x in new],
                         [("score.read", "claim", number), ("person.find", "window", "")])
        self.assertEqual(new[0]["office"], "瑞安市行政服务中心")
        self.assertNotIn("curiosity", json.dumps(items))

    def audit(self):
        """Everything of the log."""
        records, after = [], 0
        while after is not None:
            page = C.call("GET", "/api/v1/audit", login="auditor", purpose="audit",
                          query={"after": after}).json
            records, after = records + page["records"], page["next"]
        return records

    def test_searches_for_nobody(self):
        """a search that shows nobody stands in the log: who, why, and a digest that tells the same
        number again and not the number; one that shows somebody is that person's read"""
        before = len(self.audit())
        numbers = "110105194912310029", "11010519491231002X", "11010519491231002x"
        for number in numbers:
            C.call("POST", "/api/v1/staff/persons/find", {"id_number": number}, login="clerk",
                   purpose="window")
        C.call("POST", "/api/v1/staff/persons/find",
               {"id_number": C.identity(C.code("resident"))["id_number"]}, login="clerk",
               purpose="window")
        new = [x for x in self.audit()[before:] if x["kind"] == "person.find"]
        self.assertEqual([(x["role"], x["purpose"], x["office"]) for x in new],
                         [("clerk", "window", "瑞安市行政服务中心")] * 2)
        self.assertEqual(len({x["payload"] for x in new}), 1)
        self.assertNotIn("11010519491231002", json.dumps(new))

    def test_failed_sign_ins(self):
        """wrong passwords and names that nobody has stand in the log, neither with what was typed"""
        before = len(self.audit())
        C.add_account("mistyped", "--role", "resident", "--person", C.holders()[-4])
        for login in ["mistyped"] * 5 + ["nobody-has-this-name"]:
            C.call("POST", "/api/v1/session", {"login": login, "password": "typed-by-mistake"},
                   headers={"X-Forwarded-For": f"10.9.0.{next(C.numbers) % 250 + 1}"})
        new = self.audit()[before:]
        kinds = [x["kind"] for x in new if x["kind"].startswith("session.") and
                 x["kind"] not in ("session.begin", "session.end")]
        self.assertEqual(kinds, ["session.failed", "session.locked", "session.unknown"])
        for secret in ("typed-by-mistake", "nobody-has-this-name"):
            self.assertNotIn(secret, json.dumps(new))

    def test_account_changes_name_their_account(self):
        """the log says which account was changed, and of what else is no account"""
        made = self.examples.account()
        for event in ("disable", "enable"):
            C.call("POST", f"/api/v1/accounts/{made['account']}/{event}", {}, login="security",
                   purpose="accounts", key=C.key())
        records = self.audit()
        self.assertEqual([x["kind"] for x in records if x["account"] == made["account"]],
                         ["account.disable", "account.enable"])
        self.assertTrue(all(x["account"] is None for x in records
                            if not x["kind"].startswith("account.")))
        self.assertTrue(C.call("GET", "/api/v1/audit/verify", login="auditor",
                               purpose="audit").json["ok"])

    def test_own_reads_are_not_records(self):
        """looking at one's own points is no read of somebody else's"""
        before = C.call("GET", "/api/v1/me/access", login="resident").json
        C.call("GET", "/api/v1/me/score", login="resident")
        self.assertEqual(C.call("GET", "/api/v1/me/access", login="resident").json, before)

    def test_keys(self):
        """a write needs a key; the same key gives the same answer; for something else it is refused"""
        ask = {"login": "resident", "body": {}}
        self.problem(C.call("POST", "/api/v1/me/receipts", **ask), 400, "JH0009")
        key = C.key()
        first = C.call("POST", "/api/v1/me/receipts", key=key, **ask)
        again = C.call("POST", "/api/v1/me/receipts", key=key, **ask)
        self.assertEqual((first.status, first.body), (200, again.body))
        other = C.call("POST", "/api/v1/me/receipts", {"on": "2026-06-01"}, login="resident",
                       key=key)
        self.problem(other, 409)
        mine = C.call("GET", "/api/v1/me/receipts", login="resident").json["items"]
        numbers = [x["number"] for x in mine]
        self.assertEqual(numbers.count(first.json["number"]), 1)

    def test_claims(self):
        """a claim has a number and a deadline, reaches the office, is nobody else's; one a line"""
        ask = dict(login="neighbour2", key=C.key())
        C.add_account("neighbour2", "--role", "resident", "--person", C.holders()[-2])
        filed = C.call("POST", "/api/v1/me/claims", filing("skill"), **ask)
        self.assertEqual(filed.status, 200, filed)
        self.assertEqual(filed.body, C.call("POST", "/api/v1/me/claims", filing("skill"),
                                            **ask).body)
        number = filed.json["number"]
        self.problem(C.call("POST", "/api/v1/me/claims", filing("skill"), login="neighbour2",
                            key=C.key()), 409, "JH0211", guard="claim.only_one")
        self.problem(C.call("GET", f"/api/v1/me/claims/{number}", login="resident"), 404)
        self.problem(C.call("GET", f"/api/v1/staff/claims/{number}", login="elsewhere",
                            purpose="claim"), 404)
        listed = lambda who: [x["number"] for x in C.call(
            "GET", "/api/v1/staff/claims", login=who, purpose="claim").json["items"]]
        self.assertIn(number, listed("clerk"))
        self.assertNotIn(number, listed("elsewhere"))
        shown = C.call("GET", f"/api/v1/staff/claims/{number}", login="clerk", purpose="claim").json
        self.assertTrue(shown["frozen"])
        file = C.call("GET", f"/api/v1/staff/claims/{number}/materials/{shown['materials'][0]['id']}",
                      login="clerk", purpose="claim")
        self.assertEqual(file.body, picture())
        self.assertEqual(file.headers["content-disposition"], "attachment")
        reads = C.call("GET", "/api/v1/me/access", login="neighbour2").json["items"]
        self.assertEqual([x["what"] for x in reads], ["claim.read", "claim.read"])
        for wrong, field in ((dict(filing("age"), indicator="nothing"), "indicator"),
                             (dict(filing("age"), reason="nothing"), "reason"),
                             (dict(filing("age"), kind="wish"), "kind"),
                             (dict(filing("age"), materials=[{"name": "x.png", "base64": "QUJD"}]),
                              "materials")):
            answer = C.call("POST", "/api/v1/me/claims", wrong, login="neighbour2", key=C.key())
            self.problem(answer, 422)
            self.assertTrue(answer.json["field"].startswith(field), answer)

    def test_permit_voids_points(self):
        """a suspended permit voids points with the next request, and a cleared one restores them"""
        code = C.holders()[-1]
        person = C.person(code)
        C.add_account("neighbour", "--role", "resident", "--person", code)
        step = lambda event: C.call("POST", f"/api/v1/staff/persons/{person}/permit/{event}",
                                    {"reason": "调查"}, login="reviewer", purpose="review",
                                    key=C.key())
        score = lambda: C.call("GET", "/api/v1/me/score", login="neighbour").json
        before = score()
        self.assertTrue(before["status"]["in_force"], before["status"])
        token = C.call("GET", "/api/v1/me/permit/qr", login="neighbour").json["token"]
        verdict = lambda: C.call("GET", "/api/v1/verify", query={"token": token}).json
        self.assertTrue(verdict()["valid"])
        self.assertEqual(step("hold").status, 200)
        held = score()
        self.assertEqual((held["status"]["code"], held["total"]), ("void_suspended", "0.00"))
        self.assertEqual(held["if_in_force"]["lo"], before["total"])
        self.assertEqual((verdict()["valid"], verdict()["state"]), (False, "suspended_hold"))
        self.assertEqual(step("clear").status, 200)
        self.assertEqual(score()["total"], before["total"])
        self.problem(step("clear"), 409)

    def test_replay(self):
        """a past day as known then stays what it was after later loads; receipts replay"""
        person = self.examples.resident
        ask = lambda: C.call("GET", "/api/v1/audit/replay", login="auditor", purpose="audit",
                             query={"person": person, "on": "2026-10-15",
                                    "known_at": "2026-10-15T00:00:00Z"}).json
        before = ask()
        number = self.examples.receipt()["number"]
        self.examples.load(accept=True)
        self.assertEqual(ask(), before)
        again = C.call("GET", f"/api/v1/audit/receipts/{number}/replay", login="auditor",
                       purpose="audit").json
        self.assertTrue(again["same"] and again["same_rules"])
        self.assertEqual(again["then"], again["now"])

    def facts(self, login="resident"):
        """A resident's facts out of the demonstration's files, as the estimate takes them."""
        import csv
        facts = {}
        for file in sorted((C.folder / "data").glob("*.csv")):
            with open(file, encoding="utf-8", newline="") as text:
                rows = [dict(r) for r in csv.DictReader(text) if r["person_id"] == C.code(login)]
            for row in rows:
                del row["person_id"]
            facts[file.stem] = rows
        return facts

    def test_estimate_is_score(self):
        """an estimate from a resident's facts is the resident's score"""
        real = C.call("GET", "/api/v1/me/score", login="resident").json
        guess = C.call("POST", "/api/v1/estimate", {"division": 330381, "facts": self.facts()}).json
        self.assertTrue(guess["estimate"])
        self.assertEqual(guess["total"], real["total"])
        self.assertEqual([(x["name"], x["points"]) for x in guess["lines"]],
                         [(x["name"], x["points"]) for x in real["lines"]])

    def test_estimate_looks_ahead(self):
        """an estimate from a resident's facts has the resident's forecast and advice"""
        ask = {"division": 330381, "facts": self.facts()}
        for query in ({}, {"years": "10", "assume": "pension,residence"},
                      {"years": "1", "rules_of": "2026-11-01"}):
            body = {**ask, **query, **({"years": int(query["years"])} if query else {})}
            guess = C.call("POST", "/api/v1/estimate/forecast", body).json
            real = C.call("GET", "/api/v1/me/forecast", login="resident", query=query).json
            self.assertEqual((guess.pop("person"), real.pop("person")), ("", C.code("resident")))
            self.assertEqual(guess, real)
        for query in ({}, {"line": "90.5"}):
            self.assertEqual(C.call("POST", "/api/v1/estimate/advice", {**ask, **query}).json,
                             C.call("GET", "/api/v1/me/advice", login="resident", query=query).json)

    def test_estimates_leave_workers_free(self):
        """many estimates that take long: some wait their turn, and everybody else is answered"""
        import concurrent.futures
        stays = [{"division": "330381", "from": f"{1961 + i}-01-01", "to": f"{1961 + i}-09-01"}
                 for i in range(60)]
        body = {"division": 330381, "line": "200", "facts": {"residence": stays,
                "person": [{"birth_date": "1940-01-01"}]}}
        ask = lambda i: C.call("POST", "/api/v1/estimate/advice", body,
                               headers={"X-Forwarded-For": f"192.0.2.{i}"})
        count = 4 * os.cpu_count()
        with concurrent.futures.ThreadPoolExecutor(count) as pool:
            asked = [pool.submit(ask, i) for i in range(count)]
            self.assertEqual(C.call("GET", "/api/v1/me/score", login="resident").status, 200)
            answers = [a.result() for a in asked]
        self.assertIn(200, {a.status for a in answers})
        for a in answers:
            if a.status != 200:
                self.problem(a, 503, "JH0201")
                self.assertEqual(a.headers["retry-after"], "1")

    def test_sums(self):
        """the lines of a score and the causes of a change sum up exactly"""
        from decimal import Decimal
        for login in ("resident", "suspended", "unknown"):
            score = C.call("GET", "/api/v1/me/score", login=login).json
            parts = {p["name"]: Decimal(p["points"]) for p in score["parts"]}
            sums = dict.fromkeys(parts, Decimal(0))
            for line in score["lines"]:
                sums[line["part"]] += Decimal(line["points"])
            for part in score["parts"]:
                if part["ceiling"]:
                    sums[part["name"]] = min(sums[part["name"]], Decimal(part["ceiling"]))
            self.assertEqual(sums, parts)
            changes = C.call("GET", "/api/v1/me/changes", login=login,
                             query={"from": "2026-11-01"}).json
            self.assertEqual(sum(Decimal(c["delta"]) for c in changes["causes"]),
                             Decimal(changes["delta"]))

    def test_forecast(self):
        """each change begins where the one before ended; the first state is today's score"""
        for query in ({}, {"assume": "pension,residence"}, {"rules_of": "2026-11-01", "years": "25"}):
            score = C.call("GET", "/api/v1/me/score", login="resident").json
            f = C.call("GET", "/api/v1/me/forecast", login="resident", query=query).json
            self.assertEqual(f["curve"][0]["total"]["lo"], score["total"])
            self.assertEqual(f["curve"][0]["day"], score["on"])
            before = f["curve"][0]
            for change, state in zip(f["changes"], f["curve"][1:], strict=True):
                self.assertLess(before["day"], change["day"])
                self.assertEqual(change["total"], {"from": before["total"], "to": state["total"]})
                self.assertEqual(change["day"], state["day"])
                before = state
        self.problem(C.call("GET", "/api/v1/me/forecast", login="resident",
                            query={"assume": "permit"}), 422, "JH0313")
        self.problem(C.call("GET", "/api/v1/me/forecast", login="resident",
                            query={"years": "26"}), 422, "JH0306")

    def test_idle(self):
        """what gains nothing is named with its reason; what gains is not among it"""
        form = C.call("GET", "/api/v1/estimate/form", query={"division": "330381"}).json
        titles = {r["name"]: r["title"] for r in form["registers"]}
        advice = C.call("GET", "/api/v1/me/advice", login="resident").json
        idle = {x["name"]: x for x in advice["idle"]}
        self.assertTrue(idle)
        self.assertEqual(len(idle), len(advice["idle"]), "each once")
        gaining = {c["register"]["name"] for c in advice["changes"]}
        for name, x in idle.items():
            self.assertEqual(x["title"], titles[name])
            self.assertNotIn(name, gaining)
            self.assertEqual(x["cap_of"] is not None, x["why"] == "cap")
        # why, each for facts that make it so
        since = {"division": "330381", "from": "2020-03-15", "to": ""}
        facts = {"person": [{"birth_date": "1990-01-01"}], "residence": [since]}
        why = lambda more: {x["name"]: (x["why"], x["cap_of"]) for x in C.call(
            "POST", "/api/v1/estimate/advice", {"division": 330381, "facts": {**facts, **more}},
            headers={"X-Forwarded-For": "192.0.2.200"}).json["idle"]}
        self.assertEqual(why({})["residence"], ("goes_on", None))
        self.assertNotIn("skill", why({}))
        # a degree takes two years, and the rules end before (2028-07-25)
        self.assertEqual(why({})["education"], ("undecided", None))
        best = next(f["choices"] for r in form["registers"] if r["name"] == "skill"
                    for f in r["fields"] if f["choices"])
        top = [why({"skill": [{"certificate": c["name"], "awarded_on": "2012-06-30"}]})
               for c in best]
        self.assertTrue(any("skill" in x for x in top), "the highest certificate has no better one")

    def test_bodies(self):
        """what is wrong with a body is said with the name of the field, in the reader's language"""
        post = lambda body, lang="zh", path="": C.call(
            "POST", "/api/v1/estimate" + path, body, lang=lang,
            headers={"Content-Type": "application/json"})
        self.problem(post(b"{"), 400, "JH0010")
        self.problem(post(b'{"division":330381,"division":330381}'), 400, "JH0010")
        self.problem(post(b"{" + b'"a":[' * 40), 400)
        facts = lambda register, *rows: {"division": 330381, "facts": {register: list(rows)}}
        stay = lambda since, until: {"division": "330381", "from": since, "to": until}
        for path, body, code, field in (
                ("", {}, "JH0301", "division"),
                ("", {"division": "330381"}, "JH0306", "division"),
                ("", {"division": 330381, "x": 1}, "JH0302", "x"),
                ("", {"division": 330381, "on": "2026-02-30"}, "JH0307", "on"),
                ("", {"division": 330381, "on": "2099-01-01"}, "JH0320", "on"),
                ("", {"division": 330381, "facts": []}, "JH0311", "facts"),
                ("", {"division": 990381, "facts": {}}, "JH0314", "division"),
                ("", facts("person", {"birth_date": "x"}), "JH0313", "person.birth_date"),
                ("", facts("person", {"birth_date": "1990-01-01", "x": "y"}), "JH0302", "person.x"),
                ("", facts("person", *[{"birth_date": "1990-01-01"}] * 2), "JH0319", "person"),
                ("", facts("volunteering", *[{}] * 201), "JH0319", "volunteering"),
                ("", facts("residence", stay("2025-02-01", "2025-01-01")), "JH0313",
                 "residence.to"),
                ("", facts("nothing"), "JH0302", "nothing"),
                ("/forecast", {"division": 330381, "years": 26}, "JH0306", "years"),
                ("/forecast", {"division": 330381, "years": "5"}, "JH0306", "years"),
                ("/forecast", {"division": 330381, "assume": "permit"}, "JH0313", "assume"),
                ("/forecast", {"division": 330381, "rules_of": "x"}, "JH0307", "rules_of"),
                ("/forecast", {"division": 330381, "line": "110"}, "JH0302", "line"),
                ("/forecast", {"division": 330381, "on": "2099-01-01"}, "JH0320", "on"),
                ("/advice", {"division": 330381, "line": "many"}, "JH0313", "line"),
                ("/advice", {"division": 330381, "line": 110}, "JH0303", "line"),
                ("/advice", facts("person", {"birth_date": "x"}), "JH0313", "person.birth_date")):
            for lang in ("zh", "en"):
                answer = post(body, lang, path)
                self.problem(answer, 422, code, lang)
                self.assertEqual(answer.json["field"], field)

    def test_log_is_silent(self):
        """neither log nor figures carry names, numbers or tokens of anybody"""
        who = C.identity(C.code("resident"))
        C.person(who["code"])
        for path in ("", "/forecast", "/advice"):
            C.call("POST", "/api/v1/estimate" + path,
                   {"division": 330381, "facts": {"person": [{"birth_date": "1937-11-23"}]}})
        log = "\n".join(C.log_lines())
        figures = C.call("GET", "/metrics").body.decode()
        for secret in (who["id_number"], who["name"], who["phone"], C.token("resident"),
                       county.PASSWORD, "token=", "1937-11-23"):
            self.assertNotIn(secret, log)
            self.assertNotIn(secret, figures)
        self.assertIn("jifen_database_up 1", figures)


tap.main(__name__)
