#!/usr/bin/env python3
"""captures/README.md from the notes in the folders there; with --check says whether it is up to date.

usage: captures_readme.py [--check] CAPTURES_FOLDER
"""
import json
import pathlib
import sys

INTRODUCTION = """# Captures of real gateways

Made by `tests/interop/record` in the lab of tests/interop, each by the script of its name under
`tests/interop/cases`. A folder holds

- `client.pcapng`, `gateway.pcapng`: the same minutes seen at both ends (the client's has both uplinks);
- `keys/`: `ike.keys` (libike's own log), `ikev2_decryption_table` and `esp_sa` (Wireshark's);
- `client.log`, `gateway.log`: what the daemons said of themselves, without dumps;
- `note.json`: what happened in truth, how it was made, and what a diagnosis must find in both files
  together and in each alone: `must` all of them, `any_of` one of each list, `may` those besides. Anything
  else must not be found as an error or a warning.

strongSwan's ESP in user space forges NAT detection (a NAT is announced where none is) and rekeys the Child SA
after each move. Checksums of what a machine sent itself are those that its network card would have put right.

| capture | what happened | a diagnosis of both finds |
|---|---|---|
"""


def findings(expect):
    words = [f"`{name}`" for name in expect["must"]]
    words += [" or ".join(f"`{name}`" for name in names) for names in expect["any_of"]]
    return ", ".join(words) or "nothing"


def main():
    check = "--check" in sys.argv
    folder = pathlib.Path(sys.argv[-1])
    rows, problems = [], []
    for path in sorted(folder.iterdir()):
        if not path.is_dir():
            continue
        if not (path / "note.json").is_file():
            problems.append(f"{path}: has no note.json")
            continue
        note = json.loads((path / "note.json").read_text())
        for name in filter(None, note["files"].values()):
            if not (path / name).exists():
                problems.append(f"{path}: note.json names {name}, which is not there")
        rows.append(f"| {path.name} | {note['title']}: {note['truth']} | {findings(note['expect']['both'])} |")
    text = INTRODUCTION + "\n".join(rows) + "\n"
    readme = folder / "README.md"
    if not check:
        readme.write_text(text)
    elif not readme.is_file() or readme.read_text() != text:
        problems.append(f"{readme}: is not what the notes say: tests/interop/captures_readme.py {folder}")
    for problem in problems:
        print(problem)
    print(f"{len(rows)} captures")
    sys.exit(1 if problems else 0)


main()
