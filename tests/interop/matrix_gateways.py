"""The gateways of the matrix: how each is started, and how it is told to do something, as gateway and as client.

Settings are those that the lab's scripts read (SS_..., LSW_..., IKED_...).
"""
import os
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
PREFIX = os.environ.get("LAB_PREFIX", "ike") + "-matrix"
STATE = pathlib.Path(os.environ.get("TMPDIR", "/tmp")) / f"ike-lab-{PREFIX}"
ROOTS = pathlib.Path(os.environ.get("LAB_ROOTS", "/var/tmp/ike-lab-roots"))
LAB = {"LAB_PREFIX": PREFIX, "LAB_STATE": str(STATE), "LAB_IPV6": "yes"}

INNER = ("10.97.0.2", "10.98.0.1")
AEAD = "aes128gcm16 aes256gcm16 aes256gcm8 aes256ccm16 chacha20poly1305".split()
CIPHERS = "aes128 aes256 aes256ctr camellia256 3des".split()
INTEGRITY = "sha1 sha256 sha384 sha512 aesxcbc aescmac".split()
GROUPS = "x25519 x448 ecp256 ecp384 ecp521 ecp256bp ecp384bp ecp512bp modp2048 modp3072 modp4096 modp8192".split()
ALL_IKE = ",".join([f"{'-'.join(AEAD)}-prfsha256-prfsha384-prfsha512-prfsha1-{'-'.join(GROUPS)}",
                    f"{'-'.join(CIPHERS)}-{'-'.join(INTEGRITY)}-{'-'.join(GROUPS)}"])
ALL_ESP = ",".join([f"{'-'.join(AEAD)}-{'-'.join(GROUPS)}", "-".join(AEAD),
                    f"{'-'.join(CIPHERS)}-{'-'.join(INTEGRITY)}-{'-'.join(GROUPS)}",
                    f"{'-'.join(CIPHERS)}-{'-'.join(INTEGRITY)}"])


def command(*words, timeout=60, env=None, **more):
    """What takes longer than `timeout` seconds has failed, with 124."""
    words = [str(word) for word in words]
    try:
        return subprocess.run(words, capture_output=True, text=True, timeout=timeout, check=False,
                              env={**os.environ, **LAB, **(env or {})}, **more)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(words, 124, "", f"not finished after {timeout} s")


class Gateway:
    """One column. `kind` is strongswan, libreswan or openiked; `esp` user (in the daemon), kernel (in a machine of its
    own) or none (SA installation stood in for)."""

    def __init__(self, name, kind, esp, root=None, settings=None, esp_default=None):
        self.name, self.kind, self.esp, self.root = name, kind, esp, root
        self.settings = {"SS_POOL": "no", "SS_VIP": "no", "SS_TS": "10.97.0.2/32", **(settings or {})}
        self.esp_default = esp_default
        self.running = {}  # role: the settings it was started with

    def present(self):
        if self.esp == "kernel":
            return command(HERE / "vm/ready").returncode == 0
        if self.root:
            return (self.root / ".ready").exists()
        return self.kind == "strongswan" or (ROOTS / self.kind).exists()

    def script(self, role, *words):
        """The command that tells the daemon something; `words` as its script has them."""
        if self.esp == "kernel":
            return [HERE / "vm/gateway", *(["client"] if role == "client" else []), *words]
        return [HERE / self.kind, *words]

    def start(self, role, extra):
        """Runs with these settings beside its own; what was started otherwise is ended first."""
        settings = {**self.settings, **extra}
        if self.running.get(role) == settings:
            return
        self.stop(role)
        if self.esp == "kernel":
            done = command(HERE / "vm/start", role, env=settings, timeout=300)
            if role == "client" and done.returncode == 0:
                for address in INNER:
                    command(HERE / "vm/run-in-vm", role, "-n", f"ip addr add {address}/32 dev lo")
            if done.returncode == 0:
                done = command(*self.script(role, "start", self.kind), env=settings, timeout=300)
        else:
            env = {**settings, **({"SS_CHROOT": str(self.root)} if self.root else {})}
            done = command(*self.script(role, "start", role), env=env, timeout=120)
        if done.returncode != 0:
            raise RuntimeError(f"does not start: {(done.stderr.strip() or done.stdout.strip())[-200:]}")
        self.running[role] = settings

    def stop(self, role):
        if self.running.pop(role, None) is None:
            return
        if self.esp == "kernel":
            command(*self.script(role, "stop"), timeout=120)
        else:
            command(*self.script(role, "stop", role))

    def leave(self, role):
        """Ends it, and the machine, which is in the way of our side."""
        self.stop(role)
        if self.esp == "kernel":
            command(HERE / "vm/stop", role, timeout=120)

    def words_for(self, role, what, auth, elsewhere):
        """The command for up, down, "rekey child", "rekey ike" or "redirect" to the address `elsewhere`; None where the
        daemon has none."""
        if what in ("up", "down"):
            if self.kind == "openiked":
                return None
            return self.script(role, what, auth)
        if what == "redirect":
            if self.kind == "strongswan":
                return self.script(role, "ctl", *([] if self.esp == "kernel" else [role]), "--redirect", "--ike", auth,
                                   "--gateway", elsewhere)
            return self.script(role, "ctl" if self.esp == "kernel" else "whack", "--name", auth, "--redirect-to", elsewhere)
        child = what == "rekey child"
        if self.kind == "strongswan":
            words = ["--rekey", "--child", "net"] if child else ["--rekey", "--ike", auth]
            return self.script(role, "ctl", *([] if self.esp == "kernel" else [role]), *words)
        if self.kind == "libreswan":
            words = ["--asynchronous", "--rekey-ipsec" if child else "--rekey-ike", "--name", auth]
            if self.esp == "kernel":
                return self.script(role, "ctl", *words)
            return self.script(role, "whack" if role == "gateway" else "client-whack", *words)
        return None  # OpenIKED rekeys by age alone


STRONGSWAN = {"SS_IKE": ALL_IKE, "SS_CHILD": ALL_ESP}
OPENIKED_ESP = "aes256-sha512"
GATEWAYS = [
    Gateway("strongSwan 5.9.8", "strongswan", "user", settings=STRONGSWAN),
    Gateway("strongSwan 6.0.1", "strongswan", "user", root=ROOTS / "trixie", settings=STRONGSWAN),
    Gateway("strongSwan 6.1.0", "strongswan", "user", root=ROOTS / "sid", settings=STRONGSWAN),
    Gateway("libreswan 4.10", "libreswan", "none"),
    Gateway("OpenIKED 7.2", "openiked", "none", esp_default=OPENIKED_ESP),
    Gateway("strongSwan 5.9.8, kernel ESP", "strongswan", "kernel", settings=STRONGSWAN),
    Gateway("libreswan 4.10, kernel ESP", "libreswan", "kernel"),
    Gateway("OpenIKED 7.2, kernel ESP", "openiked", "kernel", esp_default=OPENIKED_ESP),
]
