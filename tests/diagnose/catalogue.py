#!/usr/bin/env python3
"""Every identifier that a rule uses is in the catalogue, every one of the catalogue is used, in the manual, and shown by a
capture: some note under captures/ says that it must be found, and a healthy one that it must not (captures.py holds both)."""
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORD = re.compile(r'"([a-z0-9]+(?:-[a-z0-9]+)+|roam|ikev1)"')


def unshown(known):
    notes = [json.loads(path.read_text()) for path in sorted((ROOT / "captures").glob("*/note.json"))]
    if not notes:
        return
    ways = [(note["case"], each) for note in notes for each in note["expect"].values()]
    must = {one for _, way in ways for one in way["must"]}
    healthy = [set(way["must"]) | set(way["may"]) | {one for group in way["any_of"] for one in group}
               for case, way in ways if case.startswith("healthy-")]
    for one in sorted(known):
        if one not in must:
            yield f"{one}: no capture has it for sure"
        if all(one in way for way in healthy):
            yield f"{one}: no healthy capture shows that it is not found where it must not be"
    for one in sorted({one for _, way in ways for one in [*way["must"], *way["may"], *sum(way["any_of"], [])]} - known):
        yield f"{one}: in a note and not in the catalogue"


def main() -> int:
    folder = ROOT / "libike" / "diagnose"
    text = (folder / "catalogue.cpp").read_text()
    known = set(re.findall(r'\{"([a-z0-9-]+)",', text))
    used = set()
    for path in [*folder.glob("rules/*.cpp"), folder / "diagnoser.cpp"]:
        used |= set(WORD.findall(path.read_text()))
    manual = (ROOT / "man" / "ikedump.1").read_text()
    listed = {one.strip() for line in re.findall(r"^\.It Li (.*)$", manual, re.M) for one in line.split(",")}
    problems = [f"{one}: used and not in the catalogue" for one in sorted(used - known)]
    problems += [f"{one}: in the catalogue and never used" for one in sorted(known - used)]
    problems += [f"{one}: not in ikedump.1" for one in sorted(known - listed)]
    problems += [f"{one}: in ikedump.1 and not in the catalogue" for one in sorted(listed - known)]
    problems += unshown(known)
    remarks = (ROOT / "libike" / "render" / "findings.cpp").read_text()
    listing = remarks[remarks.index("remark_ids()"):]
    ids = set(WORD.findall(listing[:listing.index("};")]))
    made = set(WORD.findall(remarks[:remarks.index("remark_ids()")]))
    problems += [f"{one}: a remark that remark_ids() does not list, or the other way round" for one in sorted(made ^ ids)]
    problems += [f"{one}: a remark that ikedump.1 does not name" for one in sorted(ids) if one not in manual]
    print("\n".join(problems) or f"{len(known)} identifiers")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
