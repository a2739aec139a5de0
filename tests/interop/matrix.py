#!/usr/bin/env python3
"""Our tools against every gateway that is present, cell by cell; the table goes into tests/README.md.

usage: matrix.py TOOLS_FOLDER [GATEWAY...]      default: all that are present
       matrix.py --list

Each cell is a scenario of ikectl with one thing chosen: a cipher, a group, a way to authenticate, a move. The
outcome is "pass", the reason of a failure, or "peer has none" where the gateway refuses what it does not
have. Results of gateways that are not run stay as they were (matrix.json). Needs root.
"""
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
README = HERE.parent / "README.md"
RESULTS = HERE / "matrix.json"
BEGIN, END = "<!-- matrix: begin -->", "<!-- matrix: end -->"
PREFIX = os.environ.get("LAB_PREFIX", "ike") + "-matrix"
STATE = pathlib.Path(os.environ.get("TMPDIR", "/tmp")) / f"ike-lab-{PREFIX}"
ROOTS = pathlib.Path(os.environ.get("LAB_ROOTS", "/var/tmp/ike-lab-roots"))
WIFI, CELL, CELL6 = "192.0.2.2", "198.51.100.2", "2001:db8:2::2"
GATEWAY, GATEWAY6 = "203.0.113.2", "2001:db8:3::2"

AEAD = "aes128gcm16 aes256gcm16 aes256gcm8 aes256ccm16 chacha20poly1305".split()
CIPHERS = "aes128 aes256 aes256ctr camellia256 3des".split()
INTEGRITY = "sha1 sha256 sha384 sha512 aesxcbc aescmac".split()
GROUPS = ("x25519 x448 ecp256 ecp384 ecp521 ecp256bp ecp384bp ecp512bp modp2048 modp3072 modp4096 modp8192").split()
PRFS = {"aesxcbc": "prfaesxcbc", "aescmac": "prfaescmac"}
ALL_IKE = ",".join([f"{'-'.join(AEAD)}-prfsha256-prfsha384-prfsha512-prfsha1-{'-'.join(GROUPS)}",
                    f"{'-'.join(CIPHERS)}-{'-'.join(INTEGRITY)}-{'-'.join(GROUPS)}"])
ALL_ESP = ",".join([f"{'-'.join(AEAD)}-{'-'.join(GROUPS)}", "-".join(AEAD),
                    f"{'-'.join(CIPHERS)}-{'-'.join(INTEGRITY)}-{'-'.join(GROUPS)}",
                    f"{'-'.join(CIPHERS)}-{'-'.join(INTEGRITY)}"])


class Gateway:
    """`esp`: user (in the daemon), kernel (in the machine) or none (SA installation stood in for)."""

    def __init__(self, name, start, esp, present, ctl=None, esp_default=None):
        self.name, self.start, self.esp, self.present, self.ctl = name, start, esp, present, ctl
        self.esp_default = esp_default


def run(*words, timeout=60, env=None, **more):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=timeout,
                          env={**os.environ, "LAB_PREFIX": PREFIX, "LAB_STATE": str(STATE), "LAB_IPV6": "yes",
                               **(env or {})}, **more)


STRONGSWAN = {"SS_IKE": ALL_IKE, "SS_CHILD": ALL_ESP, "SS_POOL": "no"}
VM = {"SS_POOL": "no"}
GATEWAYS = [
    Gateway("strongSwan 5.9.8", [("strongswan", "start", "gateway", STRONGSWAN)], "user", lambda: True,
            ctl=("strongswan", "ctl", "gateway")),
    Gateway("strongSwan 6.0.1", [("strongswan", "start", "gateway",
                                  {**STRONGSWAN, "SS_CHROOT": str(ROOTS / "trixie")})], "user",
            lambda: (ROOTS / "trixie/.ready").exists(), ctl=("strongswan", "ctl", "gateway")),
    Gateway("strongSwan 6.1.0", [("strongswan", "start", "gateway",
                                  {**STRONGSWAN, "SS_CHROOT": str(ROOTS / "sid")})], "user",
            lambda: (ROOTS / "sid/.ready").exists(), ctl=("strongswan", "ctl", "gateway")),
    Gateway("libreswan 4.10", [("libreswan", "start", VM)], "none", lambda: (ROOTS / "libreswan").exists()),
    Gateway("OpenIKED 7.2", [("openiked", "start", VM)], "none", lambda: (ROOTS / "openiked").exists(),
            esp_default="aes256-sha512"),
    Gateway("strongSwan 5.9.8, kernel ESP", [("vm/start", "gateway", {}), ("vm/gateway", "start", "strongswan", VM)],
            "kernel", lambda: (ROOTS / "vm/image.cpio").exists(), ctl=("vm/gateway", "ctl")),
    Gateway("libreswan 4.10, kernel ESP", [("vm/start", "gateway", {}), ("vm/gateway", "start", "libreswan", VM)],
            "kernel", lambda: (ROOTS / "vm/image.cpio").exists()),
    Gateway("OpenIKED 7.2, kernel ESP", [("vm/start", "gateway", {}), ("vm/gateway", "start", "openiked", VM)],
            "kernel", lambda: (ROOTS / "vm/image.cpio").exists(), esp_default="aes256-sha512"),
]


class Cell:
    """`steps` between initiate and delete; PING stands for a few pings where the gateway has ESP."""

    def __init__(self, name, steps=("PING",), cert=False, ipv6=False, nat="none", **profile):
        self.name, self.steps, self.cert, self.ipv6, self.nat, self.profile = name, steps, cert, ipv6, nat, profile


# Failures that are the gateway's by the RFC: (beginning of its name, cell, part of the outcome, what is wrong).
THEIRS = [
    ("libreswan", "MOBIKE: after the IKE SA was rekeyed", "cookie2_mismatch",
     "its fault: a rekeyed IKE SA has forgotten MOBIKE; the update is answered with nothing, without COOKIE2 "
     "(RFC 4555 section 3.7)"),
    ("libreswan", "MOBIKE: IPv4 to IPv6", "cookie2_mismatch",
     "its fault: an update to another family is answered with nothing, without COOKIE2 (RFC 4555 section 3.7)"),
]


def explained(gateway, cell, value):
    for name, which, part, text in THEIRS:
        if gateway.startswith(name) and cell == which and part in value:
            return text
    return value


MOVE = f"move: {{local: {CELL}}}"
BACK = f"move: {{local: {WIFI}}}"
REKEY_CHILD, REKEY_IKE = "rekey: {what: child}", "rekey: {what: ike}"


def cells():
    yield Cell("PSK")
    yield Cell("ECDSA certificates", cert=True)
    yield Cell("Child SA rekeyed by us", ("PING", REKEY_CHILD, "PING"))
    yield Cell("IKE SA rekeyed by us", ("PING", REKEY_IKE, "PING", REKEY_CHILD, "PING"))
    yield Cell("liveness", ("liveness: us",))
    yield Cell("MOBIKE: to the other uplink and back", ("PING", MOVE, "PING", BACK, "PING"))
    yield Cell("MOBIKE: behind NAT and back", ("PING", MOVE, "PING", BACK, "PING"), nat="cell")
    yield Cell("MOBIKE: after the IKE SA was rekeyed", (REKEY_IKE, "wait: 500ms", MOVE, "PING"))
    yield Cell("MOBIKE: IPv4 to IPv6", ("PING", f"move: {{local: '{CELL6}', remote: '{GATEWAY6}'}}", "PING"))
    for cipher in AEAD:
        yield Cell(f"IKE {cipher}", ike_proposals=f"{cipher}-prfsha256-x25519")
        yield Cell(f"ESP {cipher}", esp_proposals=cipher)
    for cipher in CIPHERS:
        yield Cell(f"IKE {cipher}", ike_proposals=f"{cipher}-sha256-ecp256")
        yield Cell(f"ESP {cipher}", esp_proposals=f"{cipher}-sha256")
    for check in INTEGRITY:
        yield Cell(f"IKE integrity and PRF {check}", ike_proposals=f"aes256-{check}-{PRFS.get(check, 'prf' + check)}-ecp256")
        yield Cell(f"ESP integrity {check}", esp_proposals=f"aes256-{check}")
    for group in GROUPS:
        yield Cell(f"group {group}", ike_proposals=f"aes256gcm16-prfsha256-{group}")


def profile(gateway, cell):
    lines = {"gateway": GATEWAY, "remote_id": "gw.example.test", "ts_local": "10.97.0.2/32",
             "ts_remote": "10.99.0.0/24", "local_port": 500, "local_nat_port": 4500}
    if cell.cert:
        pki = STATE / "pki-ecdsa"
        lines |= {"id": "client@example.test", "certificates": f"{pki}/client.crt", "key": f"{pki}/client.key",
                  "ca": f"{pki}/ca.crt"}
    else:
        lines |= {"id": "psk@example.test", "psk": "lab-preshared-key"}
    if gateway.esp_default:
        lines["esp_proposals"] = gateway.esp_default
    return "".join(f"{key}: '{value}'\n" if isinstance(value, str) else f"{key}: {value}\n"
                   for key, value in (lines | cell.profile).items())


def scenario(gateway, cell):
    # Moved SAs lose a packet where ESP in user space has to be rekeyed first.
    ping = "ping: {to: 10.99.0.2, count: 10, interval: 100ms, may_lose: 8}"
    steps = ["initiate: {within: 45s}"]
    for step in cell.steps:
        if step != "PING":
            steps.append(step)
        elif gateway.esp != "none":
            steps.append(ping)
    steps.append("delete: us")
    return "hosts:\n  us:\n    profile: peer.yaml\nsteps:\n" + "".join(f"  - {step}\n" for step in steps)


def outcome(done):
    if done.returncode == 0:
        return "pass"
    last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
    reason = last.split("): ", 1)[-1]
    return "peer has none" if "NO_PROPOSAL_CHOSEN" in reason else reason[:90]


def play(tools, gateway, cell):
    run(HERE / "topology", "nat", cell.nat)
    run(HERE / "event", "restore")
    work = STATE / "matrix"
    work.mkdir(parents=True, exist_ok=True)
    (work / "peer.yaml").write_text(profile(gateway, cell))
    (work / "scenario.yaml").write_text(scenario(gateway, cell))
    try:
        return outcome(run("ip", "netns", "exec", f"{PREFIX}-client", tools / "ikectl", "run", work / "scenario.yaml",
                           timeout=90, cwd=work))
    except subprocess.TimeoutExpired:
        return "not finished after 90 s"


def at_gateway(tools, gateway):
    results = {}
    run(HERE / "lab", "down")
    try:
        run(HERE / "topology", "up")
        run(HERE / "pki")
        for script, *words in gateway.start:
            done = run(HERE / script, *words[:-1], env=words[-1], timeout=400)
            if done.returncode != 0:
                print(f"{gateway.name}: did not start: {done.stderr.strip()[-200:]}")
                return {}
        for cell in cells():
            results[cell.name] = play(tools, gateway, cell)
            print(f"{gateway.name}: {cell.name}: {results[cell.name]}", flush=True)
    finally:
        run(HERE / "lab", "down")
    return results


def write_table(results):
    names = [gateway.name for gateway in GATEWAYS if gateway.name in results]
    lines = ["| | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    for cell in cells():
        row = [explained(name, cell.name, results[name].get(cell.name, "")) for name in names]
        lines.append(f"| {cell.name} | " + " | ".join(row) + " |")
    table = f"{BEGIN}\n" + "\n".join(lines) + f"\n{END}"
    text = README.read_text() if README.exists() else "# Tests\n"
    if BEGIN in text:
        text = text[:text.index(BEGIN)] + table + text[text.index(END) + len(END):]
    else:
        text += f"\n## Against real gateways\n\n{(HERE / 'matrix.md').read_text().strip()}\n\n{table}\n"
    README.write_text(text)


def main():
    if sys.argv[1:] == ["--list"]:
        print("\n".join(gateway.name for gateway in GATEWAYS))
        return 0
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    if os.getuid() != 0:
        print("matrix.py: network namespaces need root: run it with sudo")
        return 3
    tools, wanted = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for gateway in GATEWAYS:
        if wanted and gateway.name not in wanted:
            continue
        if not gateway.present():
            print(f"{gateway.name}: is not here")
            continue
        if found := at_gateway(tools, gateway):
            results[gateway.name] = found
            RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    write_table(results)
    failed = sum(explained(name, cell, value) == value and value not in ("pass", "peer has none")
                 for name, found in results.items() for cell, value in found.items())
    print(f"{sum(map(len, results.values()))} cells, {failed} failed without an explanation")
    return 0


if __name__ == "__main__":
    sys.exit(main())
