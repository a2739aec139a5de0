"""One cell of the matrix: a scenario for `ikectl run`, and what happens at the peer meanwhile."""
import json
import os
import re
import subprocess
import threading
import time

from matrix_cell import EAP, GATEWAY, PING, SECOND, WIFI
from matrix_gateways import HERE, LAB, PREFIX, ROOTS, STATE, command

# Of its steps each hook makes these; the first of them has begun when the hook is pulled.
HOOKS = {
    "up": ["expect: {event: child_established, within: 30s}"],
    "up refused": ["wait: 3s"],
    "down": ["expect: {event: ike_failed, within: 30s, with: {failure: peer_deleted}}"],
    "rekey child": ["expect: {event: child_established, within: 40s, with: {rekeyed: yes, by_us: no}}", "wait: 1s"],
    "rekey ike": ["expect: {event: ike_rekeyed, within: 40s, with: {by_us: no}}", "wait: 1s"],
    "rebind": ["wait: 4s", "expect: {event: moved, within: 20s}"],
    "cross child": ["wait: {lead}ms", "rekey: {what: child, wait: no}", "wait: 8s"],
    "cross ike": ["wait: {lead}ms", "rekey: {what: ike, wait: no}", "wait: 8s"],
    "redirect": ["expect: {event: redirected, within: 20s}", "expect: {event: child_established, within: 30s}"],
    "move": ["expect: {event: moved, within: 40s, with: {by_us: no}}"],
}

ONE_WAY = 400  # milliseconds, where both begin at once


def ours(cell, gateway, role):
    """Our profile."""
    us, them = ("client", "gw") if role == "gateway" else ("gw", "client")
    if role == "gateway":
        lines = {"gateway": GATEWAY, "remote_id": "gw.example.test", "ts_local": "10.97.0.2/32",
                 "ts_remote": "10.99.0.0/24", "local_port": 500, "local_nat_port": 4500}
    else:
        lines = {"local": GATEWAY, "port": 500, "nat_port": 4500, "ts_local": "10.99.0.0/24",
                 "ts_remote": "10.97.0.0/24"}
    names = {"gw": "gw.example.test", "client": "client@example.test" if cell.keys else "psk@example.test"}
    lines |= {"id": names[us], "remote_id": names[them]}
    if cell.keys:
        pki, own = STATE / f"pki-{cell.keys}", cell.own or us + ("-long" if cell.chain else "")
        chain = [f"{pki}/{name}.crt" for name in [own, *(["middle-2", "middle-1"] if cell.chain else [])]]
        lines |= {"certificates": "[" + ", ".join(chain) + "]", "key": f"{pki}/{own}.key", "ca": f"{pki}/ca.crt"}
    else:
        lines["psk"] = "lab-preshared-key"
    if cell.eap:
        lines |= eap_lines(cell.eap, role)
    if cell.eap and role == "client":
        del lines["remote_id"]
    if gateway.esp_default:
        lines["esp_proposals"] = gateway.esp_default
    lines |= cell.profile_for(gateway)
    if "crl" in lines:
        lines["crl"] = pki / "ca.crl"
    return written(lines)


def other(cell):
    """The profile of the second responder of ours."""
    return written({"local": cell.second, "port": 500, "nat_port": 4500, "ts_local": "10.99.0.0/24",
                    "ts_remote": "10.97.0.0/24", "id": "gw.example.test", "psk": "lab-preshared-key",
                    "esp_proposals": "aes256gcm16, aes256-sha256, aes256-sha512"})


def written(lines):
    return "".join(f"{key}: {quoted(value)}\n" for key, value in lines.items() if value is not None)


def eap_lines(name, role):
    """Our profile's part in EAP; `role` is the gateway's."""
    called, user, settings = EAP[name]
    if role == "gateway":
        return {"id": called, "eap": f"{{identity: {user}, {settings}}}"}
    method = name.removeprefix("eap-").removesuffix("-only")
    return {"eap_method": method, "eap_users": "{carol: lab-eap-password}", "eap_only": "yes" if "only" in settings else "no"}


def quoted(value):
    """Mappings and lists are written as YAML already."""
    return f"'{value}'" if isinstance(value, str) and not value.startswith(("{", "[")) else value


def addressed(step, host):
    """The step with the host that it is for."""
    if not host or "host:" in step or not re.match(r"(initiate|expect|ping|move|rekey|send|create_child|liveness|delete): ", step):
        return step
    return re.sub(r": us$", f": {host}", re.sub(r"^(\w+: )\{", rf"\1{{host: {host}, ", step))


def plan(cell, gateway, role, lead):
    """Steps of the scenario, and of which step's beginning each hook waits: [(number, hook)]."""
    to = "to: 10.99.0.2, " if role == "gateway" else ""
    lost = 3 if gateway.esp == "kernel" else 8
    # Moved SAs lose a packet where ESP in user space has to be rekeyed first.
    ping = f"ping: {{{to}count: 10, interval: 100ms, may_lose: {lost}, within: 10s}}"
    steps = ["wait: 50ms"] if role == "client" else [cell.begin]
    hooks, host = [], "us" if cell.crowd or cell.second and role == "client" else None
    steps = [*["initiate: {host: crowd, wait: no}", "abandon: crowd"] * cell.crowd, *(addressed(step, host) for step in steps)]
    # OpenIKED ends without a word.
    last = "delete: us" if gateway.kind == "openiked" else "! down"
    acts = [] if role == "gateway" else [*cell.acts, *([] if "! up refused" in cell.acts else [last])]
    for step in cell.steps if role == "gateway" else acts:
        if step == PING:
            if gateway.esp == "kernel" and (role == "client" or gateway.kind == "openiked"):
                steps.append("wait: 2s")  # emulated, it takes its time to have what we have already
            if gateway.esp != "none":
                steps.append(addressed(ping, host))
        elif step.startswith("@ "):
            host = step[2:]
        elif step.startswith("! "):
            hooks.append((len(steps) + 1, step[2:]))
            steps += [addressed(text.replace("{lead}", str(lead)), host) for text in HOOKS[step[2:]]]
        else:
            steps.append(addressed(step, host))
    if role == "gateway" and cell.end:
        steps.append(addressed(cell.end, host and "us"))
    return steps, hooks


class Pulled:
    """What the hooks started; ended with the cell."""

    def __init__(self, gateway, role, cell):
        self.gateway, self.role, self.cell, self.started = gateway, role, cell, []

    def pull(self, what):
        if what == "rebind":
            return self.begin([HERE / "event", "rebind"])
        if what == "move":
            # libreswan looks at addresses only; one stays where its link goes down.
            gone = f"addr del {WIFI}/24 dev wifi0" if self.gateway.kind == "libreswan" else "link set wifi0 down"
            if self.gateway.esp == "kernel":
                return self.begin([HERE / "vm/run-in-vm", "client", "-n", f"ip {gone}"])
            return self.begin(["ip", "netns", "exec", f"{PREFIX}-client", "ip", *gone.split()])
        if what == "up refused":
            what = "up"
        if self.gateway.kind == "openiked":
            if what == "up":
                return self.gateway.start("client", {**self.cell.peer, "IKED_AUTH": self.cell.auth})
        words = self.gateway.words_for(self.role, what.replace("cross", "rekey"), self.cell.auth, self.cell.second)
        return self.begin(words) if words else None

    def begin(self, words):
        self.started.append(subprocess.Popen([str(word) for word in words], stdout=subprocess.DEVNULL,
                                             stderr=subprocess.DEVNULL, env={**os.environ, **LAB}))

    def end(self):
        for process in self.started:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def creations(events):
    """Messages of CREATE_CHILD_SA."""
    return [event for event in events if event["event"] == "message" and event["exchange"] == "CREATE_CHILD_SA"]


def crossed(events):
    """Whether a CREATE_CHILD_SA request of each side was on its way at once."""
    waiting = None
    for message in creations(events):
        out, response = message.get("direction") == "out", message.get("response")
        if out and not response:
            waiting = message.get("message_id")
        elif not out and response and message.get("message_id") == waiting:
            waiting = None
        elif not out and not response and waiting is not None:
            return True
    return False


def lateness(events):
    """Milliseconds by which the peer's request left after ours."""
    first = {}
    for event in creations(events):
        if not event["response"]:
            first.setdefault(event["direction"], float(event["elapsed"]) * 1000)
    return int(first["in"] - ONE_WAY - first["out"]) if len(first) == 2 else 0


def refusal(event):
    """What we did not agree to, of a peer that wants its first Child SA."""
    if event["event"] in ("ike_failed", "child_failed"):
        return f"{event['event']}: {event['failure']}: {event['detail']}"
    if event["event"] == "dropped" and "NO_PROPOSAL_CHOSEN" in event["reason"]:
        return event["reason"]
    return ""


def launcher(tools, cell):
    """ikectl; where it needs OpenSSL 3.5, with the libraries of the root that has it."""
    if not cell.openssl35:
        return [tools / "ikectl"]
    root = ROOTS / "sid"
    libraries = root / "usr/lib/x86_64-linux-gnu"
    return [root / "lib64/ld-linux-x86-64.so.2", "--library-path", f"{libraries}:/usr/lib/x86_64-linux-gnu",
            tools / "ikectl"]


class Seen:
    """What a cell's check looks at: the events as ikectl's JSON has them, and the ESP of its capture."""

    def __init__(self, events, tools, work):
        self.events, self.tools, self.work = events, tools, work

    def esp_lengths(self, source):
        """Octets of each ESP packet from this address."""
        lines = command(self.tools / "ikedump", "--json", self.work / "ours.pcapng").stdout.splitlines()
        packets = [packet for packet in map(json.loads, lines) if packet["kind"] == "esp"]
        return [packet["length"] for packet in packets if packet["src"].startswith(f"{source}:") or packet["src"] == source]


def run_scenario(tools, gateway, cell, role, lead):
    work = STATE / "matrix"
    work.mkdir(parents=True, exist_ok=True)
    steps, hooks = plan(cell, gateway, role, lead)
    hosts = "  us:\n    profile: peer.yaml\n" + ("    role: responder\n" if role == "client" else "")
    if cell.second:
        (work / "other.yaml").write_text(other(cell))
        hosts += "  other:\n    profile: other.yaml\n    role: responder\n"
    if cell.crowd:
        (work / "crowd.yaml").write_text(written({"gateway": GATEWAY, "id": "crowd@example.test", "psk": "another"}))
        hosts += "  crowd:\n    profile: crowd.yaml\n"
    (work / "peer.yaml").write_text(ours(cell, gateway, role))
    (work / "scenario.yaml").write_text(f"hosts:\n{hosts}steps:\n" +
                                        "".join(f"  - {step}\n" for step in steps))
    namespace = f"{PREFIX}-{'client' if role == 'gateway' else 'gateway'}"
    words = ["ip", "netns", "exec", namespace, *launcher(tools, cell), "run", "--json", "--keylog", work,
             "--capture", work / "ours.pcapng", work / "scenario.yaml"]
    pulled, events, refused = Pulled(gateway, role, cell), [], ""
    redirected_to = "other" if cell.second else "us"
    with open(work / "err", "w", encoding="utf-8") as errors, \
            subprocess.Popen([str(word) for word in words], stdout=subprocess.PIPE, stderr=errors, text=True,
                             cwd=work) as process, open(work / "log", "w", encoding="utf-8") as log:
        watchdog = threading.Timer(240, process.kill)
        watchdog.start()
        try:
            for line in process.stdout:
                log.write(line)
                event = json.loads(line)
                events.append(event)
                if role == "client" and event["event"] == "child_established":
                    role = "established client"
                if role == "client" and "! up" in cell.acts and not refused:
                    refused = refusal(event) if event.get("host") == redirected_to else ""
                    if refused:
                        process.kill()
                if event["event"] == "step" and event["passed"]:
                    for number, what in hooks:
                        if number == event["step"] + 1:
                            pulled.pull(what)
        except BaseException:
            process.kill()
            raise
        finally:
            process.wait()
            watchdog.cancel()
            pulled.end()
    if process.returncode == 0:
        crossing = [what for _, what in hooks if what.startswith("cross")]
        if crossing and not crossed(events):
            return f"did not cross: the peer was {lateness(events)} ms late"
        return cell.check and cell.check(Seen(events, tools, work)) or "pass"
    said = (work / "err").read_text().strip().splitlines() or [f"exit code {process.returncode}"]
    reason = refused or said[-1].split("): ", 1)[-1]
    return "peer has none" if re.search("no.proposal", reason, re.I) else reason[:110]


def play(tools, gateway, cell):
    """The outcome of a cell."""
    role = "client" if cell.acts else "gateway"
    if gateway.esp == "kernel" and role == "client":
        # Its addresses are the machine's: two hosts with one address would not do.
        if gateway.running.get("client"):
            command(HERE / "vm/run-in-vm", "client", "-n", "ip link set wifi0 up; ip addr replace "
                    f"{WIFI}/24 dev wifi0; ip route replace default via 192.0.2.1 dev wifi0 metric 100")
    else:
        command(HERE / "event", "restore")
    command(HERE / "topology", "nat", cell.nat)
    if cell.keys:
        command(HERE / "pki", cell.keys, *(["long"] if cell.chain else []), timeout=120)
    result, beside = "", ["ip", "netns", "exec", f"{PREFIX}-gateway", "ip", "addr"]
    try:
        if cell.second == SECOND:
            command(*beside, "replace", f"{SECOND}/24", "dev", "wan0")
        if gateway.kind != "openiked" or role == "gateway":
            gateway.start(role, cell.peer)
        if cell.delay:
            command(HERE / "impair", "delay", cell.delay)
        lead = 250  # what the peer's command takes, as far as we know
        for _ in range(6):
            result = run_scenario(tools, gateway, cell, role, lead)
            missed = re.match(r"did not cross.* (-?\d+) ms", result)
            if not missed:
                break
            lead = max(50, lead + int(missed[1]))
        return result
    except RuntimeError as error:
        return str(error)
    finally:
        if cell.delay:
            command(HERE / "impair", "delay", "off")
        if cell.second == SECOND:
            command(*beside, "del", f"{SECOND}/24", "dev", "wan0")
        # What it still holds would be in the next cell's way.
        if role == "client" and (gateway.kind == "openiked" or result != "pass" or "! up refused" in cell.acts):
            gateway.stop("client")
        time.sleep(0.1)
