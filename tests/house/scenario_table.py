#!/usr/bin/env python3
"""The table of tests/README.md and the scenarios agree: each test it names is there, and each clause has its row."""
import pathlib
import re
import sys

CLAUSES = 43


def complaints(root: pathlib.Path):
    names = []
    for path in sorted((root / "tests" / "scenario").glob("*.cpp")):
        names += re.findall(r'TEST_CASE\(\s*"((?:[^"\\]|\\.)*)"', path.read_text())
    rows = {}
    for line in (root / "tests" / "README.md").read_text().splitlines():
        found = re.match(r"\| (M\d+) \|", line)
        if found:
            rows[found[1]] = line
    for number in range(1, CLAUSES + 1):
        clause = f"M{number}"
        if clause not in rows:
            yield f"tests/README.md: no row for {clause}"
            continue
        scenario = rows[clause].split("|")[4]
        named = re.findall(r"`([^`]*)`", scenario)
        if not named and "not shown" not in scenario:
            yield f"tests/README.md: {clause} names no scenario and does not say 'not shown'"
        for prefix in named:
            if not any(name.startswith(prefix) for name in names):
                yield f"tests/README.md: {clause}: no scenario begins with '{prefix}'"
    for name in names:
        head = re.match(r"((?:M\d+(?:, )?)+):", name)
        for clause in re.findall(r"M\d+", head[1]) if head else []:
            if clause in rows and f"`{head[0]}`" not in rows[clause]:
                yield f"tests/README.md: the row of {clause} does not name '{head[0]}'"


def main() -> int:
    found = list(complaints(pathlib.Path(__file__).resolve().parents[2]))
    print("\n".join(found) or "the table of clauses and the scenarios agree")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
