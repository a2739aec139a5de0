#!/usr/bin/env python3
"""ikedump --json agrees with tshark on captures, message by message, where both decode.

usage: compare_tshark.py IKEDUMP [CAPTURE...|FOLDER]
Keys are in CAPTURE.ikev2_decryption_table, CAPTURE.esp_sa, a folder of the capture's name with .keys or a folder "keys"
beside it, which then names the capture too. Without captures:
those of IKE_CORPUS. Exit: 0 agreement, 1 differences, 77 tshark or captures are missing (ctest: skipped).
"""
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

FIELDS = [
    "frame.number", "isakmp.exchangetype", "isakmp.flags", "isakmp.messageid", "isakmp.typepayload",
    "isakmp.notify.msgtype", "isakmp.prop.number", "isakmp.prop.protoid", "isakmp.tf.type", "isakmp.tf.id.encr",
    "isakmp.tf.id.prf", "isakmp.tf.id.integ", "isakmp.tf.id.dh", "isakmp.tf.id.esn", "isakmp.ts.start_ipv4",
    "isakmp.ts.end_ipv4", "isakmp.ts.start_ipv6", "isakmp.ts.end_ipv6", "isakmp.ts.start_port", "isakmp.ts.end_port",
    "isakmp.key_exchange.dh_group", "isakmp.nonce", "isakmp.auth.method", "isakmp.id.type", "isakmp.ispi",
    "isakmp.rspi", "esp.spi", "esp.sequence", "ip.src", "ipv6.src", "_ws.malformed"]
HEADER = ("isakmp.exchangetype", "isakmp.flags", "isakmp.messageid", "isakmp.ispi", "isakmp.rspi")
TRANSFORMS = {1: "isakmp.tf.id.encr", 2: "isakmp.tf.id.prf", 3: "isakmp.tf.id.integ", 4: "isakmp.tf.id.dh",
              5: "isakmp.tf.id.esn"}
ENCRYPTED = (46, 53)


def run_tshark(capture: pathlib.Path, config: pathlib.Path):
    command = ["tshark", "-n", "-r", str(capture), "-T", "fields", "-E", "aggregator=;", "-E", "separator=|",
               "-o", "esp.enable_encryption_decode:TRUE", "-o", "udp.check_checksum:FALSE"]
    for field in FIELDS:
        command += ["-e", field]
    environment = {**os.environ, "WIRESHARK_CONFIG_DIR": str(config)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode not in (0, 2):  # 2: the file is cut short, which both say
        raise RuntimeError(f"tshark ended with {done.returncode} on {capture}: {done.stderr}")
    for line in done.stdout.splitlines():
        yield dict(zip(FIELDS, ([*value.split(";")] if value else [] for value in line.split("|"))))


def walk(payloads, out):
    """Our payloads, flattened in the order in which tshark lists its fields."""
    for payload in payloads:
        out["isakmp.typepayload"].append(payload["type_id"])
        if "notify_type" in payload:
            out["isakmp.notify.msgtype"].append(payload["notify_type"])
        for proposal in payload.get("proposals", []):
            out["isakmp.prop.number"].append(proposal["number"])
            out["isakmp.prop.protoid"].append(proposal["protocol_id"])
            for transform in proposal["transforms"]:
                out["isakmp.tf.type"].append(transform["type_id"])
                if transform["type_id"] in TRANSFORMS:
                    out[TRANSFORMS[transform["type_id"]]].append(transform["id"])
        for selector in payload.get("selectors", []):
            if "start" not in selector:
                continue
            family = "ipv6" if ":" in selector["start"] else "ipv4"
            out[f"isakmp.ts.start_{family}"].append(selector["start"])
            out[f"isakmp.ts.end_{family}"].append(selector["end"])
            out["isakmp.ts.start_port"].append(selector["start_port"])
            out["isakmp.ts.end_port"].append(selector["end_port"])
        if "group_id" in payload and payload["type"] == "KE":
            out["isakmp.key_exchange.dh_group"].append(payload["group_id"])
        if payload["type"] == "Nonce":
            out["isakmp.nonce"].append(payload["data"])
        if payload["type"] == "AUTH" and "method_id" in payload:
            out["isakmp.auth.method"].append(payload["method_id"])
        if "id_type_id" in payload:
            out["isakmp.id.type"].append(payload["id_type_id"])
        walk(payload.get("payloads", []), out)


def plain(field: str, values):
    """tshark's values as ours are written."""
    if field == "isakmp.nonce" or field.endswith("spi"):
        return [value.replace(":", "") for value in values]
    if "_ipv" in field:
        return values
    return [int(value, 0) for value in values]


def compare_ike(packet, theirs):
    ours = {field: [] for field in FIELDS if field.startswith("isakmp.")}
    ours |= {"isakmp.exchangetype": [packet["exchange_type"]], "isakmp.flags": [packet["flags"]],
             "isakmp.messageid": [packet["message_id"]], "isakmp.ispi": [packet["ispi"]],
             "isakmp.rspi": [packet["rspi"]]}
    for field in HEADER:
        if ours[field] != plain(field, theirs[field][:1]):
            yield f"{field}: {ours[field]}, tshark {theirs[field]}"
    walk(packet["payloads"], ours)
    # tshark counts proposals (2) and transforms (3) among the payloads.
    chain = [kind for kind in plain("", theirs["isakmp.typepayload"]) if kind not in (2, 3)]
    mine = ours["isakmp.typepayload"]
    if packet["decrypted"] and chain and chain[-1] in ENCRYPTED and chain == mine[:len(chain)]:
        return  # tshark could not decrypt it
    if chain != mine:
        yield f"payloads: {mine}, tshark {chain}"
    for field, values in ours.items():
        if field not in HEADER and field != "isakmp.typepayload" and values != plain(field, theirs[field]):
            yield f"{field}: {values}, tshark {theirs[field]}"


def compare_esp(packet, theirs):
    if "spi" not in packet:
        return
    if packet["spi"] != f"{int(theirs['esp.spi'][0], 0):08x}":
        yield f"esp.spi: {packet['spi']}, tshark {theirs['esp.spi']}"
    if packet["seq"] & 0xffffffff != int(theirs["esp.sequence"][0]):
        yield f"esp.sequence: {packet['seq']}, tshark {theirs['esp.sequence']}"
    inner = packet.get("inner")
    sources = theirs["ip.src"] + theirs["ipv6.src"]
    if len(sources) < 2 or theirs["_ws.malformed"]:
        return  # nothing inside that tshark could see
    if not (inner and inner["tunnel"]):
        yield f"inside: tshark {sources[1:]}, we nothing: {packet.get('obstacle')}"
    elif inner["src"] not in sources:
        yield f"inside: {inner['src']}, tshark {sources}"


def compare(packet, theirs):
    kind = packet["kind"]
    if kind == "ike" and theirs["isakmp.exchangetype"]:
        return compare_ike(packet, theirs) if packet.get("version") == "2.0" else []
    if kind == "ike":
        return [] if "error" in packet else ["tshark sees no IKE"]
    if kind == "esp" and theirs["esp.spi"]:
        return compare_esp(packet, theirs)
    for other, field in (("IKE", "isakmp.exchangetype"), ("ESP", "esp.spi")):
        # What an ICMP error quotes is no packet of its own.
        if theirs[field] and kind not in ("icmp", "esp"):
            return [f"tshark sees {other}, we {kind}"]
    return []


def differences(tool: str, capture: pathlib.Path):
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder)
        command = [tool, "--json"]
        for name in ("ikev2_decryption_table", "esp_sa"):
            for keys in (capture.with_name(f"{capture.name}.{name}"), capture.with_suffix(".keys") / name,
                         capture.parent / "keys" / name):
                if keys.exists():
                    shutil.copy(keys, config / name)
                    command += ["--keys", str(keys)]
        # Both read the same octets, should something still write to the file.
        file = pathlib.Path(shutil.copy(capture, folder))
        theirs = {int(fields["frame.number"][0]): fields for fields in run_tshark(file, config)}
        done = subprocess.run([*command, str(file)], capture_output=True, text=True)
    if done.returncode not in (0, 1):
        yield f"exit code {done.returncode}: {done.stderr}"
    for line in done.stdout.splitlines():
        packet = json.loads(line)
        fields = theirs.get(packet["frame"])
        found = ["tshark has no such frame"] if fields is None else compare(packet, fields)
        for difference in found:
            yield f"frame {packet['frame']}: {difference}"


def main() -> int:
    tool, *captures = sys.argv[1:]
    if not captures:
        # Those of the project are a test of their own.
        folder = pathlib.Path(os.environ.get("IKE_CORPUS", "/nonexistent")) / "captures"
        captures = [path for path in sorted(folder.rglob("*")) if path.suffix in (".pcap", ".pcapng", ".cap")]
    if len(captures) == 1 and pathlib.Path(captures[0]).is_dir():
        captures = sorted(pathlib.Path(captures[0]).glob("*/*.pcapng"))
    if not captures or not shutil.which("tshark"):
        print("tshark or captures are missing")
        return 77
    explained = (pathlib.Path(__file__).parent / "tshark_differences.txt").read_text().splitlines()
    known = tuple(line for line in explained if line and not line.startswith("#"))
    bad = 0
    paths = [pathlib.Path(capture) for capture in captures]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda path: list(differences(tool, path)), paths)
    for capture, found in zip(paths, results):
        for difference in found:
            name = f"{capture.parent.name}/{capture.name}" if (capture.parent / "note.json").exists() else capture.name
            text = f"{name}: {difference}"
            if not text.startswith(known):
                print(text)
                bad += 1
    print(f"{len(captures)} captures, {bad} differences that are not explained")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
