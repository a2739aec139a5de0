#!/usr/bin/env python3
"""Whether the summary of an ikeroam --json run is as wanted.

usage: roam_report.py FILE FIELD=VALUE...

A dot leads into an object: probes.lost_outside=0.

Prints what differs and the summary. Exit: 0 all fields are equal, 1 one is not.
"""
import json
import sys


def main():
    with open(sys.argv[1]) as file:
        events = [json.loads(line) for line in file if line.startswith("{")]
    summary = next((event for event in events if event.get("event") == "summary"), None)
    if summary is None:
        print("no summary")
        return 1
    bad = 0
    for wanted in sys.argv[2:]:
        name, value = wanted.split("=")
        found = summary
        for part in name.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        if json.dumps(found) != value:
            print(f"{name} is {json.dumps(found)}, not {value}")
            bad = 1
    if bad:
        print(json.dumps(summary))
    return bad


sys.exit(main())
