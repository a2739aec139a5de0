#!/usr/bin/env python3
"""The note.json of a recorded case, from the head of its script.

usage: case_note.py CASE_SCRIPT FOLDER

The head has lines "# title:", "# truth:" (may go on in further lines), "# peers:" and for "both", "client"
and "gateway" the findings that a diagnosis must give from both files or from that one: "id" must be there,
"id=grade" with that grade, "a|b" one of them, "(id)" may. What is not named there must not be found as an error or a warning.
"""
import json
import pathlib
import sys


FIELDS = ("title", "truth", "peers", "clock", "keys", "ipv6", "needs", "timeout", "both", "client", "gateway")

BOTH = "client and gateway strongSwan 5.9.8, ESP in user space"
OURS = "our tools and strongSwan 5.9.8, ESP in user space on both sides"


def head(script):
    """The fields; a check (checks/) begins with its title as plain text and is healthy unless it says otherwise."""
    fields, last = {"title": "", "truth": "our tools at work; nothing is wrong"}, "title"
    fields |= {name: "none" for name in ("both", "client", "gateway")}
    for line in script.read_text().splitlines()[1:]:
        if not line.startswith("#"):
            break
        text = line[1:].strip()
        name, colon, rest = text.partition(":")
        if colon and name in FIELDS:
            last = name
            fields[last] = rest.strip()
        elif last and text:
            fields[last] = f"{fields[last]} {text}".strip()
    fields["title"] = fields["title"].rstrip(".")
    return fields


def expected(words):
    out = {"must": [], "any_of": [], "may": []}
    for word in words.split():
        if word == "none":
            continue
        if word.startswith("("):
            out["may"].append(word.strip("()"))
        elif "|" in word:
            out["any_of"].append(word.split("|"))
        else:
            word, _, grade = word.partition("=")
            out["must"].append(word)
            if grade:
                out.setdefault("grades", {})[word] = grade
    return out


def main():
    script, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    fields = head(script)
    note = {
        "case": folder.name,
        "title": fields["title"],
        "truth": fields["truth"],
        "peers": fields.get("peers", OURS if script.parent.name == "checks" else BOTH),
        "made_by": f"tests/interop/record {folder.name}",
        "files": {"client": "client.pcapng", "gateway": "gateway.pcapng",
                  "keys": "keys" if (folder / "keys").is_dir() else None},
        "gateway_clock_ahead_seconds": float(fields.get("clock", "0")),
        "expect": {name: expected(fields[name]) for name in ("both", "client", "gateway")},
    }
    (folder / "note.json").write_text(json.dumps(note, indent=2) + "\n")


main()
