#!/usr/bin/env python3
"""Source files stay under 400 lines."""
import pathlib
import sys

LIMIT = 400


def main() -> int:
    root = pathlib.Path(__file__).resolve().parents[2]
    found = []
    for folder in ("libike", "tools", "tests"):
        for path in sorted((root / folder).rglob("*.[ch]pp")):
            lines = len(path.read_text().splitlines())
            if lines >= LIMIT:
                found.append(f"{path.relative_to(root)}: {lines} lines, the limit is {LIMIT}")
    print("\n".join(found) or f"every file is under {LIMIT} lines")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
