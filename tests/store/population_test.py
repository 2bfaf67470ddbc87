#!/usr/bin/python3
"""Population images as a whole: population_test.py JIFEN RULES

However the registers are read (part by part, at once, in any order of rows, any segments), the image
has the same content and its scores are those of the files, byte for byte; a batch applied is as good
as a rebuild; an image of a database is that of the files imported into it, byte for byte, in memory
that does not grow with the persons, and follows it. Killed
with SIGKILL at random moments of building and updating, JIFEN_KILLS times each, the image is the old
one or the new one. JIFEN_BATCHES random batches; JIFEN_SEED.
"""
import csv
import filecmp
import io
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
import on_postgres
import tap

JIFEN = str(Path(sys.argv.pop(1)).resolve())
RULES = str(Path(sys.argv.pop(1)).resolve())
KILLS = int(os.environ.get("JIFEN_KILLS", "10"))
BATCHES = int(os.environ.get("JIFEN_BATCHES", "6"))
SEED = int(os.environ.get("JIFEN_SEED", "20261128"))
DAY = "2026-03-01"
HEADER = 4096 # tells the source


def rows_of(path):
    """The header, and the rows after it as (person, line of text); cells of samples have no line ends."""
    lines = path.read_text().splitlines(keepends=True)
    return lines[0], [(next(csv.reader(io.StringIO(x)))[0], x) for x in lines[1:]]


def same_folder(a, b):
    names = sorted(p.name for p in a.iterdir())
    return names == sorted(p.name for p in b.iterdir()) and filecmp.cmpfiles(a, b, names, shallow=False)[1:] == ([], [])


class Population(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="jifen-population-"))
        self.random = random.Random(SEED)
        self.number = 0

    def tearDown(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def jifen(self, *arguments, codes=(0,)):
        done = subprocess.run([JIFEN, *map(str, arguments)], capture_output=True, text=True)
        self.assertIn(done.returncode, codes, f"{arguments}: {done.stdout}{done.stderr}")
        return done.stdout

    def new(self, name):
        self.number += 1
        return self.folder / f"{name}{self.number}"

    def sample(self, persons, seed, bad=0):
        data = self.new("data")
        self.jifen("sample", "--rules", RULES, "--persons", persons, "--on", DAY, "--seed", seed, "--bad", bad, "-o", data)
        return data

    def build(self, data, *more, image=None):
        image = image or self.new("image")
        self.jifen("population", "build", "--rules", RULES, "--data", data, "--on", DAY, "-o", image, *more, codes=(0, 1))
        return image

    def export(self, image):
        out = self.new("out")
        self.jifen("population", "export", image, "--rules", RULES, "-o", out)
        return out

    def scores(self, *source):
        out = self.new("scores")
        self.jifen("score", "--rules", RULES, "--on", DAY, "-o", out, *source, codes=(0, 1))
        return out.read_bytes()

    def shuffled(self, data):
        """Rows in another order, one register without an answer, strangers."""
        mixed = self.new("data")
        mixed.mkdir()
        for path in data.iterdir():
            head, rows = rows_of(path)
            self.random.shuffle(rows)
            (mixed / path.name).write_text(head + "".join(x for _, x in rows))
        return mixed

    def dressed(self, data):
        """The same with byte order marks, other line ends, blank lines, and quotes round the numbers of persons."""
        other = self.new("data")
        other.mkdir()
        for n, path in enumerate(sorted(data.iterdir())):
            head, rows = rows_of(path)
            quote = path.name != "person.csv" and n % 2
            lines = [head] + [f'"{p}"{x[len(p):]}' if quote else x for p, x in rows]
            text = "".join(lines)[:-1] if n % 3 == 0 else "".join(lines) + "\n"
            (other / path.name).write_text("\ufeff" + text.replace("\n", "\r\n"), newline="")
        return other

    def test_reading(self):
        """however files are read, content and scores are the same"""
        data = self.sample(900, SEED, bad=3000)
        (data / "tax.csv").unlink()
        with open(data / "blood.csv", "a") as f:
            f.write("Z999,x\n")
        wanted = self.scores("--data", data)
        first = self.export(self.build(data))
        for source, more in ((data, ("--segment-persons", 100)), (data, ("--segment-persons", 7)),
                             (data, ("--segment-persons", 899, "-j", 1)), (self.shuffled(data), ()),
                             (self.shuffled(data), ("--segment-persons", 64)), (self.dressed(data), ()),
                             (self.dressed(data), ("--segment-persons", 90)), (first, ()),
                             (first, ("--segment-persons", 50))):
            image = self.build(source, *more)
            self.assertEqual(self.scores("--population", image), wanted)
            self.assertTrue(same_folder(self.export(image), first), f"{source} {more}")
            self.jifen("population", "verify", image, "--rules", RULES)

    def test_errors(self):
        """refused rows are told the same, part by part or at once"""
        data = self.sample(500, SEED + 1, bad=20000)
        self.scores("--data", data)
        wanted = (self.folder / f"scores{self.number}.errors.csv").read_bytes()
        for size in (500, 100, 33):
            image = self.build(data, "--segment-persons", size)
            self.assertEqual(Path(f"{image}.errors.csv").read_bytes(), wanted)

    def batch(self, old, new, chosen):
        """A folder of the chosen persons with what `new` says, and `old` with them replaced."""
        only, merged = self.new("batch"), self.new("merged")
        only.mkdir()
        merged.mkdir()
        for path in old.iterdir():
            head, rows = rows_of(path)
            _, others = rows_of(new / path.name)
            (only / path.name).write_text(head + "".join(x for p, x in others if p in chosen))
            (merged / path.name).write_text(head + "".join(
                x for _, x in sorted([r for r in rows if r[0] not in chosen] + [r for r in others if r[0] in chosen],
                                     key=lambda r: r[0])))
        return only, merged

    def test_update(self):
        """random batches: an update has the content of a rebuild"""
        data = self.sample(400, SEED + 2, bad=2000)
        image = self.build(data, "--segment-persons", 60)
        for n in range(BATCHES):
            new = self.sample(430, SEED + 10 + n, bad=2000 if n % 2 else 0)
            persons = sorted({p for p, _ in rows_of(new / "person.csv")[1]})
            chosen = set(self.random.sample(persons, self.random.choice((1, 5, 40, 300))))
            only, data = self.batch(data, new, chosen)
            self.jifen("population", "update", image, "--rules", RULES, "--data", only, "--segment-persons", 60, codes=(0, 1))
            rebuilt = self.build(data)
            self.assertTrue(same_folder(self.export(image), self.export(rebuilt)), f"batch {n}")
            self.assertEqual(self.scores("--population", image), self.scores("--data", data))
            self.jifen("population", "verify", image, "--rules", RULES)

    def database(self, url):
        self.jifen("keys", "add", self.folder / "keys")
        self.jifen("db", "init", "--db", url)
        return ["--db", url, "--keys", self.folder / "keys", "--rules", RULES]

    def bring(self, options, data, mode, names):
        self.jifen("import", *options, "--mode", mode, "--share", 1000, "--recorded-on", DAY, *[data / n for n in names])

    def build_store(self, options, size, *more):
        image = self.new("image")
        self.jifen("population", "build", *options, "-o", image, "--segment-persons", size, *more, codes=(0, 1))
        return image

    def names(self, data):
        return ["person.csv", *sorted(p.name for p in data.iterdir() if p.name != "person.csv")]

    def store(self, url):
        data = self.sample(150, SEED + 3)
        options = self.database(url)
        names = self.names(data)
        self.bring(options, self.shuffled(data), "full", names) # persons get their numbers in another order
        image = self.build_store(options, 40)
        for size in (40, 1, 149, 150, 1000):
            files = self.build(data, "--segment-persons", size).read_bytes()
            self.assertEqual(self.build_store(options, size).read_bytes()[HEADER:], files[HEADER:], f"segments of {size}")
        self.assertTrue(same_folder(self.export(image), self.export(self.build(data))))
        self.assertEqual(self.scores("--population", image), self.scores("--data", data))
        for n in range(3):
            new = self.sample(160, SEED + 20 + n)
            chosen = set(self.random.sample([p for p, _ in rows_of(new / "person.csv")[1]], 12))
            only, data = self.batch(data, new, chosen)
            self.bring(options, only, "changes", names)
            said = self.jifen("population", "update", image, *options, "--lang", "en", "--segment-persons", 40)
            self.assertNotIn("anew", said)
            again = self.new("image")
            self.jifen("population", "build", *options, "-o", again)
            self.assertTrue(same_folder(self.export(image), self.export(again)), f"batch {n}")
            self.jifen("population", "verify", image, "--rules", RULES)
        before = image.read_bytes()
        self.jifen("population", "update", image, *options)
        self.assertEqual(image.read_bytes(), before)
        past = self.new("image")
        self.jifen("population", "build", *options, "-o", past, "--known-on", "2020-01-01")
        self.assertIn("persons: 0", self.jifen("population", "info", past, "--lang", "en"))
        self.strangers(options, data, names)

    def strangers(self, options, data, names):
        """Whoever leaves the register of persons and stays in others, at either end and in between."""
        head, rows = rows_of(data / "person.csv")
        (data / "person.csv").write_text(head + "".join(x for n, (_, x) in enumerate(rows) if 5 < n < len(rows) - 3 and n % 7))
        self.bring(options, data, "full", names)
        for size in (10, 1, 1000):
            files, store = (self.build(data, "--segment-persons", size), self.build_store(options, size))
            self.assertEqual(self.scores("--population", store), self.scores("--population", files))
            said = [self.jifen("population", "info", x, "--lang", "en").split("segments")[0] for x in (files, store)]
            self.assertNotIn("other registers only: 0", said[1])
            self.assertEqual(*said)

    def fits(self, megabytes, *command):
        def limit():
            resource.setrlimit(resource.RLIMIT_DATA, (megabytes << 20, megabytes << 20))
        done = subprocess.run([JIFEN, *map(str, command)], capture_output=True, text=True, preexec_fn=limit)
        return done.returncode == 0

    def bounded(self, url_of):
        """Four times the persons need no more memory, segments being the same."""
        if b"__asan_init" in Path(JIFEN).read_bytes():
            return # its shadow is memory too
        for persons in (5000, 20000):
            data = self.sample(persons, SEED + 5)
            options = self.database(url_of(f"bounded{persons}"))
            self.bring(options, data, "full", self.names(data))
            command = ["population", "build", *options, "-o", self.folder / "bounded", "--segment-persons", 250]
            if persons == 5000:
                needed = next(m for m in range(4, 200, 2) if self.fits(m, *command))
        print(f"# needs {needed} MiB")
        self.assertTrue(self.fits(needed + 2, *command), f"more than {needed + 2} MiB")

    def test_sqlite(self):
        """SQLite: the image of a database, and how it follows"""
        self.store(f"sqlite:{self.folder}/jifen.db")
        self.bounded(lambda name: f"sqlite:{self.folder}/{name}.db")

    def test_postgres(self):
        """PostgreSQL: the same"""
        server = on_postgres.Server()
        try:
            server.start()
            self.store(server.database("jifen"))
            self.bounded(server.database)
        finally:
            server.stop()

    def killed(self, command, seconds):
        process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(self.random.random() * seconds)
        process.kill()
        return process.wait() == 0

    def test_killed_build(self):
        """killed while building: the old image or the new one"""
        sources = [self.sample(3000, SEED + 4 + n) for n in range(2)]
        images = [self.build(x, "--segment-persons", 500).read_bytes() for x in sources]
        path = self.new("image")
        path.write_bytes(images[0])
        now, changed, seconds = 0, 0, 0.3
        for _ in range(KILLS):
            done = self.killed([JIFEN, "population", "build", "--rules", RULES, "--data", sources[1 - now], "--on", DAY,
                                "--segment-persons", 500, "-o", path], seconds)
            after = path.read_bytes()
            self.assertIn(after, images)
            after = images.index(after)
            if done:
                self.assertEqual(after, 1 - now)
            changed += after != now
            seconds *= 0.8 if after != now else 1.25
            now = after
        print(f"# {KILLS} kills, {changed} of the builds had got through")

    def test_killed_update(self):
        """killed while updating: the old image or the new one"""
        data, new = self.sample(3000, SEED + 6), self.sample(3000, SEED + 7)
        only, merged = self.batch(data, new, {p for n, (p, _) in enumerate(rows_of(new / "person.csv")[1]) if n % 10 == 0})
        old = self.build(data, "--segment-persons", 500)
        wanted = [self.export(old), self.export(self.build(merged))]
        before, path = old.read_bytes(), self.new("image")
        changed, seconds = 0, 0.3
        for _ in range(KILLS):
            path.write_bytes(before)
            done = self.killed([JIFEN, "population", "update", path, "--rules", RULES, "--data", only,
                                "--segment-persons", 500], seconds)
            is_new = path.read_bytes() != before
            if is_new:
                self.assertTrue(same_folder(self.export(path), wanted[1]))
            self.assertTrue(is_new or not done)
            changed += is_new
            seconds *= 0.8 if is_new else 1.25
        print(f"# {KILLS} kills, {changed} of the updates had got through")

    def test_two_at_once(self):
        """two builds at once: one of them, whole"""
        data = self.sample(3000, SEED + 8)
        path = self.new("image")
        command = [JIFEN, "population", "build", "--rules", RULES, "--data", data, "--on", DAY, "-o", path, "--lang", "en"]
        both = [subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
                for _ in range(2)]
        said = [p.communicate()[1] for p in both]
        codes = sorted(p.returncode for p in both)
        self.assertIn(codes, ([0, 0], [0, 5]))
        if codes == [0, 5]:
            self.assertIn("JC0074", "".join(said))
        self.jifen("population", "verify", path, "--rules", RULES)


if __name__ == "__main__":
    tap.main(__name__)
