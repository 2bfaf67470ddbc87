#!/usr/bin/python3
"""libjifen from Python, by ctypes alone: everybody of a folder of register files, each with total and lines.

usage: score.py LIBRARY RULES DATA DAY [PERSON]

Without PERSON: "name,lo,hi,in_force" of everybody, in 1/scale points. With PERSON: the lines, and why.
"""
import ctypes
import sys

OK, ENGLISH, PROSE = 0, 1, 1


class Points(ctypes.Structure):
    _fields_ = [("lo", ctypes.c_int64), ("hi", ctypes.c_int64)]


class Total(ctypes.Structure):
    _fields_ = [("points", Points), ("status", ctypes.c_int32), ("in_force", ctypes.c_int32)]


# name: result, arguments; P a pointer to an opaque object, T a text, R where a result goes.
P, T, R = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p
FUNCTIONS = {
    "jifen_status_text": (T, [ctypes.c_int]),
    "jifen_text_free": (None, [P]),
    "jifen_rules_load": (ctypes.c_int, [T, ctypes.c_int, R, R]),
    "jifen_rules_free": (None, [P]),
    "jifen_people_read": (ctypes.c_int, [P, T, T, R, R]),
    "jifen_people_free": (None, [P]),
    "jifen_people_count": (ctypes.c_size_t, [P]),
    "jifen_people_name": (P, [P, ctypes.c_size_t, R]),
    "jifen_people_find": (ctypes.c_int, [P, T, R]),
    "jifen_totals": (ctypes.c_int, [P, T, ctypes.c_uint, R]),
    "jifen_score_new": (ctypes.c_int, [P, ctypes.c_size_t, T, R]),
    "jifen_score_free": (None, [P]),
    "jifen_score_lines": (ctypes.c_size_t, [P]),
    "jifen_score_line_name": (T, [P, ctypes.c_size_t]),
    "jifen_score_line_points": (Points, [P, ctypes.c_size_t]),
    "jifen_explain": (ctypes.c_int, [P, ctypes.c_size_t, T, ctypes.c_int, ctypes.c_int, R]),
}


def library(path):
    lib = ctypes.CDLL(path)
    for name, (result, arguments) in FUNCTIONS.items():
        function = getattr(lib, name)
        function.restype, function.argtypes = result, arguments
    return lib


def must(lib, status, message=None):
    if status == OK:
        return
    text = ctypes.string_at(message).decode() if message else ""
    if message:
        lib.jifen_text_free(message)
    sys.exit(f"{lib.jifen_status_text(status).decode()}\n{text}")


def read(lib, rules_path, data, day):
    rules, people, message = P(), P(), P()
    must(lib, lib.jifen_rules_load(rules_path.encode(), ENGLISH, ctypes.byref(rules), ctypes.byref(message)), message)
    must(lib, lib.jifen_people_read(rules, data.encode(), day.encode(), ctypes.byref(people), ctypes.byref(message)),
         message)
    return rules, people


def name_of(lib, people, at):
    length = ctypes.c_size_t()
    start = lib.jifen_people_name(people, at, ctypes.byref(length))
    return ctypes.string_at(start, length.value).decode()


def show_everybody(lib, people, day):
    totals = (Total * lib.jifen_people_count(people))()
    must(lib, lib.jifen_totals(people, day.encode(), 2, totals))
    for at, total in enumerate(totals):
        if total.status == OK:
            print(f"{name_of(lib, people, at)},{total.points.lo},{total.points.hi},{total.in_force}")
        else:
            print(f"{name_of(lib, people, at)},{lib.jifen_status_text(total.status).decode()}")


def show_person(lib, people, day, person):
    at, score, text = ctypes.c_size_t(), P(), P()
    must(lib, lib.jifen_people_find(people, person.encode(), ctypes.byref(at)))
    must(lib, lib.jifen_score_new(people, at, day.encode(), ctypes.byref(score)))
    for line in range(lib.jifen_score_lines(score)):
        points = lib.jifen_score_line_points(score, line)
        print(f"{lib.jifen_score_line_name(score, line).decode()},{points.lo},{points.hi}")
    lib.jifen_score_free(score)
    must(lib, lib.jifen_explain(people, at, day.encode(), ENGLISH, PROSE, ctypes.byref(text)))
    print(ctypes.string_at(text).decode(), end="")
    lib.jifen_text_free(text)


def main():
    if len(sys.argv) not in (5, 6):
        sys.exit(__doc__)
    path, rules_path, data, day = sys.argv[1:5]
    lib = library(path)
    rules, people = read(lib, rules_path, data, day)
    if len(sys.argv) == 6:
        show_person(lib, people, day, sys.argv[5])
    else:
        show_everybody(lib, people, day)
    lib.jifen_people_free(people)
    lib.jifen_rules_free(rules)


if __name__ == "__main__":
    main()
