#!/usr/bin/env python3
"""Each tool's bash, zsh and fish completions know every flag and subcommand of its help, no other, and parse.

usage: completions.py TOOL...
"""
import pathlib
import re
import shutil
import subprocess
import sys

from tool_help import Tool

ROOT = pathlib.Path(__file__).resolve().parents[2] / "tools" / "completions"
SHELLS = {  # shell: (file of a tool, how the file writes a long flag)
    "bash": ("bash/{}", r"(?<![\w-])--([a-z][a-z0-9-]*)"),
    "zsh": ("zsh/_{}", r"(?<![\w-])--([a-z][a-z0-9-]*)"),
    "fish": ("fish/{}.fish", r"(?:\s|^)-l ([a-z][a-z0-9-]*)"),
}


def complaints(tool: Tool):
    wanted = {flag[2:] for flag in tool.flags()}
    for shell, (pattern, flag) in SHELLS.items():
        path = ROOT / pattern.format(tool.name)
        if not path.exists():
            yield f"{path}: is missing"
            continue
        text = path.read_text()
        has = set(re.findall(flag, text))
        for name in sorted(wanted - has):
            yield f"{path}: does not know --{name}"
        for name in sorted(has - wanted):
            yield f"{path}: offers --{name}, which {tool.name} does not have"
        for sub in tool.subcommands:
            if not re.search(rf"\b{sub}\b", text):
                yield f"{path}: does not know {sub}"
        if shutil.which(shell):
            check = subprocess.run([shell, "-n", str(path)], capture_output=True, text=True)
            if check.returncode:
                yield f"{path}: {check.stderr.strip()}"


def main() -> int:
    found = [line for path in sys.argv[1:] for line in complaints(Tool(path))]
    print("\n".join(found) or f"completions of {len(sys.argv) - 1} tools are complete")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
