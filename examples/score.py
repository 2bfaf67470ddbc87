#!/usr/bin/python3
"""libjifen from Python, by ctypes alone: everybody of a folder of register files, each with total and lines.

usage: score.py LIBRARY RULES DATA DAY [PERSON [LAST [LINE]]]

Without PERSON: "name,lo,hi,in_force" of everybody, in 1/scale points. With PERSON: the lines, and why.
With LAST: "day,lo,hi,status" from DAY on, until LAST, then what changes and why, and what would gain
points; with LINE (a total, as 110.5) also how to reach it.
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
    "jifen_forecast_new": (ctypes.c_int, [P, ctypes.c_size_t, T, T, T, R, R]),
    "jifen_forecast_free": (None, [P]),
    "jifen_forecast_changes": (ctypes.c_size_t, [P]),
    "jifen_forecast_day": (T, [P, ctypes.c_size_t]),
    "jifen_forecast_total": (Points, [P, ctypes.c_size_t]),
    "jifen_forecast_status": (T, [P, ctypes.c_size_t]),
    "jifen_forecast_text": (ctypes.c_int, [P, ctypes.c_int, ctypes.c_int, R]),
    "jifen_advise": (ctypes.c_int, [P, ctypes.c_size_t, T, T, ctypes.c_int, ctypes.c_int, ctypes.c_int, R]),
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


def find(lib, people, person):
    at = ctypes.c_size_t()
    must(lib, lib.jifen_people_find(people, person.encode(), ctypes.byref(at)))
    return at


def taken(lib, text):
    """The text as ours; the library's copy is given back."""
    ours = ctypes.string_at(text).decode()
    lib.jifen_text_free(text)
    return ours


def show_person(lib, people, day, person):
    at, score, text = find(lib, people, person), P(), P()
    must(lib, lib.jifen_score_new(people, at, day.encode(), ctypes.byref(score)))
    for line in range(lib.jifen_score_lines(score)):
        points = lib.jifen_score_line_points(score, line)
        print(f"{lib.jifen_score_line_name(score, line).decode()},{points.lo},{points.hi}")
    lib.jifen_score_free(score)
    must(lib, lib.jifen_explain(people, at, day.encode(), ENGLISH, PROSE, ctypes.byref(text)))
    print(taken(lib, text), end="")


def ahead(lib, people, day, person, last, assume=None, form=PROSE):
    """The curve as (day, Points, status), and the forecast as a text."""
    forecast, message, text = P(), P(), P()
    must(lib, lib.jifen_forecast_new(people, find(lib, people, person), day.encode(), last.encode(),
                                     assume.encode() if assume else None, ctypes.byref(forecast),
                                     ctypes.byref(message)), message)
    curve = [(lib.jifen_forecast_day(forecast, i).decode(), lib.jifen_forecast_total(forecast, i),
              lib.jifen_forecast_status(forecast, i).decode())
             for i in range(lib.jifen_forecast_changes(forecast) + 1)]
    must(lib, lib.jifen_forecast_text(forecast, ENGLISH, form, ctypes.byref(text)))
    lib.jifen_forecast_free(forecast)
    return curve, taken(lib, text)


def advice(lib, people, day, person, line=None, every=False, form=PROSE):
    text = P()
    must(lib, lib.jifen_advise(people, find(lib, people, person), day.encode(), line.encode() if line else None,
                               every, ENGLISH, form, ctypes.byref(text)))
    return taken(lib, text)


def show_ahead(lib, people, day, person, last, line=None):
    curve, text = ahead(lib, people, day, person, last)
    for on, points, status in curve:
        print(f"{on},{points.lo},{points.hi},{status}")
    print(text, end="")
    print(advice(lib, people, day, person, line), end="")


def main():
    if not 5 <= len(sys.argv) <= 8:
        sys.exit(__doc__)
    path, rules_path, data, day = sys.argv[1:5]
    lib = library(path)
    rules, people = read(lib, rules_path, data, day)
    if len(sys.argv) > 5:
        show_person(lib, people, day, sys.argv[5])
        if len(sys.argv) > 6:
            show_ahead(lib, people, day, *sys.argv[5:])
    else:
        show_everybody(lib, people, day)
    lib.jifen_people_free(people)
    lib.jifen_rules_free(rules)


if __name__ == "__main__":
    main()
