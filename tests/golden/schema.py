#!/usr/bin/env python3
"""What ikedump --json prints is as tools/schemas/ikedump-packet-1.schema.json says, packet by packet.

usage: schema.py IKEDUMP [CAPTURE...]   Without captures: those of the project and of IKE_CORPUS, with their keys.
Checks what of JSON Schema the file uses, and that it uses no other.
"""
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "tools/schemas/ikedump-packet-1.schema.json").read_text())
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "integer": int}
KNOWN = {"$schema", "$id", "$ref", "$defs", "title", "description", "type", "const", "enum", "pattern", "minimum", "items",
         "properties", "required", "additionalProperties", "anyOf", "oneOf"}


def is_a(value, name: str) -> bool:
    return isinstance(value, TYPES[name]) and not (name == "integer" and isinstance(value, bool))


def complaints(value, schema, where="packet"):
    """Why `value` is not as `schema` wants it."""
    if unknown := set(schema) - KNOWN:
        yield f"{where}: the schema uses {unknown}, which this script does not know"
    if "$ref" in schema:
        yield from complaints(value, SCHEMA["$defs"][schema["$ref"].removeprefix("#/$defs/")], where)
    if "type" in schema:
        names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if not any(is_a(value, name) for name in names):
            yield f"{where}: {value!r} is no {' or '.join(names)}"
            return
    if "const" in schema and value != schema["const"]:
        yield f"{where}: {value!r}, wants {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where}: {value!r} is none of {schema['enum']}"
    if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
        yield f"{where}: {value!r} does not match {schema['pattern']}"
    if "minimum" in schema and is_a(value, "integer") and value < schema["minimum"]:
        yield f"{where}: {value} is less than {schema['minimum']}"
    for word in ("anyOf", "oneOf"):
        tries = [list(complaints(value, each, where)) for each in schema.get(word, [])]
        fits = sum(not each for each in tries)
        if tries and (fits == 0 or (word == "oneOf" and fits != 1)):
            yield f"{where}: fits {fits} of {word}; nearest: {min(tries, key=len)[:3]}"
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            yield from complaints(item, schema["items"], f"{where}[{index}]")
    if isinstance(value, dict):
        yield from object_complaints(value, schema, where)


def object_complaints(value, schema, where):
    for name in schema.get("required", []):
        if name not in value:
            yield f"{where}: lacks {name}"
    for name, item in value.items():
        inside = schema.get("properties", {}).get(name)
        if inside is not None:
            yield from complaints(item, inside, f"{where}.{name}")
        elif schema.get("additionalProperties") is False:
            yield f"{where}: has {name}, which the schema does not"


twice = []  # objects with a name more than once


def unique(pairs):
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        twice.append(names)
    return dict(pairs)


def keys_of(capture: pathlib.Path):
    for path in (capture.parent / "keys", capture.with_suffix(".log"),
                 *(capture.with_name(f"{capture.name}.{name}") for name in ("ikev2_decryption_table", "esp_sa"))):
        if path.exists() and path.name not in ("client.log", "gateway.log"):
            yield from ("--keys", str(path))


def captures():
    folders = [ROOT / "captures", ROOT / "tests"]
    if "IKE_CORPUS" in os.environ:
        folders.append(pathlib.Path(os.environ["IKE_CORPUS"]) / "captures")
    for folder in folders:
        yield from (each for each in sorted(folder.rglob("*")) if each.suffix in (".pcap", ".pcapng", ".cap"))


def main() -> int:
    tool, *given = sys.argv[1:]
    count = bad = 0
    for capture in map(pathlib.Path, given) if given else captures():
        done = subprocess.run([tool, "--json", *keys_of(capture), str(capture)], capture_output=True, text=True)
        if done.returncode not in (0, 1):
            print(f"{capture}: exit {done.returncode}: {done.stderr}")
            bad += 1
        for line in done.stdout.splitlines():
            count += 1
            packet = json.loads(line, object_pairs_hook=unique)
            found = [f"a name twice in {names}" for names in twice]
            twice.clear()
            for complaint in [*found, *complaints(packet, SCHEMA)]:
                print(f"{capture.name} frame {packet['frame']}: {complaint}")
                bad += 1
    print(f"{count} packets, {bad} complaints")
    return 1 if bad or not count else 0


if __name__ == "__main__":
    sys.exit(main())
