"""One person, and everybody's next change, over a population image as over the files it was made of:

    run_people.py JIFEN SOURCE_ROOT

`explain`, `forecast`, `advise` and `changes` must write the same bytes with --population as with
--data, for persons at the ends of segments, for a refused one and for nobody; only the place of a
row in a file (which an image does not keep) is left out of explanations. `changes` also between two
versions of the rules, with another catalogue too, and between two images.
"""

import json
import os
import random
import re
import subprocess
import sys
import tempfile

from run_simulate import DRAFTS, make_draft
from tap import Tap

DAY, LATER = "2026-03-01", "2027-06-30"
PERSONS = int(os.environ.get("JIFEN_PEOPLE", "300"))
SEGMENT = 64
ASKED = int(os.environ.get("JIFEN_ASKED", "3"))
SEED = int(os.environ.get("JIFEN_SEED", "11"))


def run(*args):
    """Standard output and exit code."""
    done = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300,
                          check=False)
    if done.returncode < 0 or done.returncode == 2:
        raise RuntimeError("%s\n%d: %s" % (" ".join(args), done.returncode, done.stderr.decode()))
    return done.stdout.decode("utf-8"), done.returncode


def made(*args):
    done = run(*args)
    if done[1] not in (0, 1):
        raise RuntimeError("%s: %s" % (" ".join(args), done))


def without_places(text):
    """An explanation without lines of files."""
    if not text.startswith("{"):
        return re.sub(r"(，|, )\w+\.csv (第\d+行|line \d+)", "", text)

    def strip(value):
        if isinstance(value, dict):
            return {k: strip(v) for k, v in value.items() if k not in ("file", "line")}
        return [strip(v) for v in value] if isinstance(value, list) else value

    return strip(json.loads(text))


answers = {}  # exit codes seen


def same(jifen, command, files, image, plain=lambda text: text):
    x, y = run(jifen, *command, *files), run(jifen, *command, *image)
    if x[1] != y[1]:
        return "%s: exit codes %d and %d" % (" ".join(command), x[1], y[1])
    answers[x[1]] = answers.get(x[1], 0) + 1
    if x[1] == 0 and plain(x[0]) != plain(y[0]):
        return "%s:\n%s\n-- over the image:\n%s" % (" ".join(command), x[0][:2000], y[0][:2000])
    return None if x[1] == 0 or not y[0] else "%s: says something" % " ".join(command)


class World:
    def __init__(self, jifen, source, scratch):
        self.jifen, self.source, self.scratch = jifen, source, scratch
        self.rules = os.path.join(scratch, "rules.image")
        made(jifen, "rules", "compile", os.path.join(source, "rules"), "-o", self.rules)
        self.drafts = {}
        for name in DRAFTS:
            at = os.path.join(scratch, name.replace(" ", "_"))
            make_draft(source, at, DRAFTS[name])
            self.drafts[name] = at + ".image"
            made(jifen, "rules", "compile", at, "-o", self.drafts[name])
        self.data, self.image = self.people("now", self.rules, "1", 3000)
        self.later, self.later_image = self.people("later", self.rules, "2", 0)

    def people(self, name, rules, seed, bad):
        data = os.path.join(self.scratch, name)
        made(self.jifen, "sample", "--rules", self.rules, "--persons", str(PERSONS), "--on", DAY,
             "--seed", seed, "--bad", str(bad), "-o", data)
        return data, self.build(name + ".image", rules, data)

    def build(self, name, rules, data):
        image = os.path.join(self.scratch, name)
        made(self.jifen, "population", "build", "--rules", rules, "--data", data, "--on", DAY,
             "--segment-persons", str(SEGMENT), "-o", image)
        return image

    def ids(self):
        """Ends of segments, persons with refused rows, some of the others, nobody."""
        out = run(self.jifen, "score", "--rules", self.rules, "--population", self.image, "--on",
                  DAY)[0]
        rows = [line.split(",")[:2] for line in out.splitlines()[1:]]
        ids = [row[0] for row in rows]
        bad = [row[0] for row in rows if row[1] == "ERROR"][:2]
        chosen = [ids[0], ids[SEGMENT - 1], ids[SEGMENT], ids[-1]] + bad
        chosen += random.Random(SEED).sample(ids, ASKED)
        return chosen + ["A", "P00000001x"]


def one_person(tap, w, ids):
    files, image = ["--data", w.data], ["--population", w.image]
    on = ["--rules", w.rules, "--on", DAY]
    commands = [
        (["explain", *on], without_places), (["explain", *on, "--json"], without_places),
        (["explain", *on, "--lang", "en"], without_places),
        (["forecast", *on], None), (["forecast", *on, "--json", "--years", "10"], None),
        (["forecast", *on, "--assume", "pension,residence"], None), (["advise", *on], None),
        (["advise", *on, "--json", "--all"], None),
        (["changes", "--rules", w.rules, "--from", DAY, "--to", LATER], None),
        (["changes", "--rules", w.rules, "--from", DAY, "--to", LATER, "--json"], None),
    ]
    for command, plain in commands:
        problem = None
        for person in ids:
            problem = problem or same(w.jifen, [*command, "--person", person], files, image,
                                      *([plain] if plain else []))
        shown = [a for a in command if a not in (w.rules, "--rules")]
        tap.case(" ".join(shown), problem)


def two_rules(tap, w, ids):
    """Also an image that was made for the later rules, and seen through the earlier ones."""
    for name, draft in w.drafts.items():
        images = [w.image, w.build("of_draft.image", draft, w.data)]
        problem = None
        for person in ids:
            command = ["changes", "--rules", w.rules, "--rules-after", draft, "--from", DAY, "--to",
                       DAY, "--json", "--person", person]
            for image in images if name in ("points", "fields in another order") else images[:1]:
                problem = problem or same(w.jifen, command, ["--data", w.data],
                                          ["--population", image])
        tap.case("changes, " + name, problem)


def two_images(tap, w, ids):
    files = ["--data", w.data, "--data-after", w.later]
    ends = [["--population", w.image, "--population-after", w.later_image],
            ["--population", w.image, "--data-after", w.later],
            ["--data", w.data, "--population-after", w.later_image]]
    problem = None
    for person in ids:
        command = ["changes", "--rules", w.rules, "--from", DAY, "--to", DAY, "--json", "--person",
                   person]
        for end in ends:
            problem = problem or same(w.jifen, command, files, end)
    tap.case("changes between two images", problem)


def everybody(tap, w):
    for to in ("2026-03-04", "2026-12-31"):
        command = ["forecast", "--rules", w.rules, "--on", DAY, "--to", to]
        x = run(w.jifen, *command, "--data", w.data)
        problem = None if x[0].count("\n") > 3 else "nobody changes"
        for threads in ("1", "3"):
            y = run(w.jifen, *command, "--population", w.image, "-j", threads)
            problem = problem or (None if x == y else "differs with -j " + threads)
        out = os.path.join(w.scratch, "out.csv")
        y = run(w.jifen, *command, "--population", w.image, "-o", out)
        with open(out, encoding="utf-8") as f:
            problem = problem or (None if (f.read(), y[1]) == x else "-o differs")
        tap.case("forecast of everybody to " + to, problem)
    with open(w.image, "r+b") as f:  # in the last segment but one: what is before it is no result
        f.seek(os.path.getsize(w.image) * 3 // 4)
        byte = f.read(1)
        f.seek(-1, 1)
        f.write(bytes([byte[0] ^ 1]))
    os.remove(out)
    y = run(w.jifen, *command, "--population", w.image, "-o", out)
    tap.case("a damaged segment is no result",
             None if y[1] == 5 and not os.path.exists(out) else str(y[1]))


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as scratch:
        w = World(sys.argv[1], sys.argv[2], scratch)
        ids = w.ids()
        one_person(tap, w, ids)
        two_rules(tap, w, ids[3:8])
        two_images(tap, w, ids)
        everybody(tap, w)
        tap.case("answers, refused persons and nobody", None if answers.get(0, 0) > 60 and
                 min(answers.get(1, 0), answers.get(4, 0)) > 5 else str(answers))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
