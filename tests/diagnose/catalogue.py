#!/usr/bin/env python3
"""Every identifier that a rule uses is in the catalogue, every one of the catalogue is used and in the manual."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORD = re.compile(r'"([a-z0-9]+(?:-[a-z0-9]+)+|roam|ikev1)"')


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
    print("\n".join(problems) or f"{len(known)} identifiers")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
