#!/usr/bin/env python3
"""Every tool's help fits a screen (80 columns, 50 lines), its version is printed, bad usage exits 2.

usage: help.py TOOL...
"""
import re
import sys

from tool_help import Tool

COLUMNS, LINES = 80, 50


def complaints(tool: Tool):
    for command, text in tool.helps():
        lines = text.splitlines()
        if not lines:
            yield f"{command}: prints nothing"
        if len(lines) > LINES:
            yield f"{command}: {len(lines)} lines, a screen has {LINES}"
        for line in lines:
            if len(line) > COLUMNS:
                yield f"{command}: {len(line)} columns: {line}"
    version = tool.run("--version")
    if version.returncode != 0 or not re.match(rf"{tool.name} \d+\.\d+\.\d+", version.stdout):
        yield f"{tool.name} --version: exit {version.returncode}, prints {version.stdout!r}"
    bad = tool.run("--no-such-flag")
    if bad.returncode != 2 or bad.stdout or not bad.stderr:
        yield f"{tool.name} --no-such-flag: exit {bad.returncode}, wants 2 and a line on stderr alone"


def main() -> int:
    found = [line for path in sys.argv[1:] for line in complaints(Tool(path))]
    print("\n".join(found) or f"{len(sys.argv) - 1} tools explain themselves on one screen")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
