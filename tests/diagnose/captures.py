#!/usr/bin/env python3
"""Every capture under captures/ is diagnosed as its note says: usage: captures.py IKEDUMP [CASE...]

A note.json lists what a diagnosis of both files together and of each alone must find, may find, and that
nothing else may be an error or a warning. In a capture called healthy-... not even a note may be found that it does not
list. Prints what differs; exit 1 then, 77 where there are no captures."""
import json
import pathlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parents[2]


def diagnose(tool, folder, note, which):
    names = note["files"]
    files = [names["client"], names["gateway"]] if which == "both" else [names[which]]
    command = [tool, "--diagnose", "--json"]
    if names.get("keys"):
        command += ["--keys", str(folder / names["keys"])]
    done = subprocess.run(command + [str(folder / each) for each in files], capture_output=True, text=True, timeout=300)
    if done.returncode not in (0, 1):
        return None, f"exit {done.returncode}: {done.stderr.strip()}"
    findings = [json.loads(line) for line in done.stdout.splitlines()]
    alarming = any(each["severity"] != "note" for each in findings)
    if alarming != (done.returncode == 1):
        return findings, f"exit {done.returncode} with these findings"
    for each in findings:
        if set(each) != {"id", "severity", "grade", "frames", "sa", "message", "advice", "reference"}:
            return findings, f"{each['id']} has other fields than documented"
    return findings, None


def complaints(tool, folder, which):
    note = json.loads((folder / "note.json").read_text())
    expected = note["expect"].get(which)
    if expected is None:
        return []
    findings, problem = diagnose(tool, folder, note, which)
    where = f"{folder.name} ({which})"
    if problem:
        return [f"{where}: {problem}"]
    found = {each["id"] for each in findings}
    alarms = {each["id"] for each in findings if each["severity"] != "note"}
    any_of = expected.get("any_of", [])
    allowed = set(expected["must"]) | set(expected["may"]) | {one for group in any_of for one in group}
    result = [f"{where}: {one} is missing" for one in expected["must"] if one not in found]
    result += [f"{where}: {one} is not {grade}" for one, grade in expected.get("grades", {}).items()
               if one in found and all(each["grade"] != grade for each in findings if each["id"] == one)]
    result += [f"{where}: none of {', '.join(group)}" for group in any_of if not found & set(group)]
    for one in sorted((found if folder.name.startswith("healthy-") else alarms) - allowed):
        example = next(each for each in findings if each["id"] == one)
        result.append(f"{where}: {one} is wrong: {example['message']}")
    return result


def main() -> int:
    tool, wanted = sys.argv[1], sys.argv[2:]
    folders = [path.parent for path in sorted((ROOT / "captures").glob("*/note.json"))]
    folders = [each for each in folders if not wanted or each.name in wanted]
    if not folders:
        print("there are no captures")
        return 77
    jobs = [(each, which) for each in folders for which in ("both", "client", "gateway")]
    with ThreadPoolExecutor(2) as pool:
        found = [one for result in pool.map(lambda job: complaints(tool, *job), jobs) for one in result]
    print("\n".join(found) or f"{len(folders)} captures, each from both files and from either alone: as they should be")
    if found:
        print(f"{len(found)} differences in {len(jobs)} diagnoses")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
