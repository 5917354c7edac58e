"""pyspnego and pypsrp, driven by lines on standard input (see tests/support/peer.rs)."""

import os
import sys
import tempfile

import spnego
from pypsrp.encryption import WinRMEncryption
from spnego.channel_bindings import GssChannelBindings

BOUNDARY = "Encrypted Boundary"


def from_hex(word):
    return b"" if word == "-" else bytes.fromhex(word)


def to_hex(data):
    return data.hex() if data else "-"


def text(word):
    return from_hex(word).decode("utf-8")


class Peer:
    context = None

    def start(self, protocol, level, user, password, domain, target, binding):
        """A client. All but the first two words are in hex."""
        name = f"{text(domain)}\\{text(user)}" if domain != "-" else text(user)
        service, host = text(target).split("/", 1)
        requests = spnego.ContextReq.default
        if level == "Sign":
            requests &= ~spnego.ContextReq.confidentiality
        bindings = GssChannelBindings(application_data=from_hex(binding)) if binding != "-" else None
        self.context = spnego.client(
            name,
            text(password),
            hostname=host,
            service=service,
            protocol=protocol.lower(),
            context_req=requests,
            channel_bindings=bindings,
            options=spnego.NegotiateOptions.use_negotiate if protocol == "Negotiate" else 0,
        )
        return "-"

    def compat(self, level):
        """Clients from here on answer as the LmCompatibilityLevel of Windows says: below 3 with NTLMv1."""
        os.environ["LM_COMPAT_LEVEL"] = level
        return "-"

    def serve(self, protocol, user, password, domain, binding):
        """A server with one account."""
        with tempfile.NamedTemporaryFile("w", suffix=".users", delete=False, encoding="utf-8") as users:
            users.write(f"{text(domain)}:{text(user)}:{text(password)}\n")
        os.environ["NTLM_USER_FILE"] = users.name
        bindings = GssChannelBindings(application_data=from_hex(binding)) if binding != "-" else None
        self.context = spnego.server(protocol=protocol.lower(), channel_bindings=bindings)
        return "-"

    def step(self, token):
        answer = self.context.step(from_hex(token) or None)
        return f"{to_hex(answer)} {'Completed' if self.context.complete else 'ContinueNeeded'}"

    def wrap(self, data):
        return to_hex(self.context.wrap(from_hex(data)).data)

    def unwrap(self, data):
        return to_hex(self.context.unwrap(from_hex(data)).data)

    def seal_body(self, data):
        """A sealed HTTP body as pypsrp sends it: its Content-Type, and the bytes."""
        encryption = WinRMEncryption(self.context, WinRMEncryption.SPNEGO)
        kind, body = encryption.wrap_message(from_hex(data))
        header = f'{kind};protocol="{encryption.protocol}";boundary="{BOUNDARY}"'
        return f"{to_hex(body)} {header.encode().hex()}"

    def open_body(self, data):
        """Opens a sealed HTTP body with the rules of pypsrp."""
        encryption = WinRMEncryption(self.context, WinRMEncryption.SPNEGO)
        return to_hex(encryption.unwrap_message(from_hex(data), BOUNDARY))


def main():
    peer = Peer()
    for line in sys.stdin:
        command, *words = line.split()
        try:
            answer = "ok " + getattr(peer, command)(*words)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test decides what it means
            answer = "error " + " ".join(f"{type(error).__name__}: {error}".split())
        print(answer, flush=True)


main()
