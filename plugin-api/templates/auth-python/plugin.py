"""Auth provider `my-plugin`: lets the users of its configuration in by SASL's PLAIN (RFC 4616), over
connections that nobody reads along.

Begin with `judge`, which says who may come in; philter_auth does the rest. Users with their passwords
in a configuration are for trying out: ask your directory or your token's issuer there, by a file or
an endpoint that the broker grants (philter_auth.read_file, philter_auth.http_request).

No password is in a text, a log line or an error.
"""

import philter_auth
import philter_guest


class Users(philter_auth.Provider):
    description = {
        "name": "my-plugin",
        "version": "0.1.0",
        "licence": "MIT OR Apache-2.0",
        "type": "my-plugin",
        "configuration-schema": {
            "type": "object",
            "properties": {
                "users": {
                    "type": "object",
                    "description": "Passwords by users",
                    "additionalProperties": {"type": "string"},
                }
            },
            "additionalProperties": False,
        },
    }

    def __init__(self):
        self.users = {}
        # Logins that still owe their message.
        self.asked = set()

    def begin(self, configuration, context):
        if not isinstance(configuration, dict) or configuration.keys() - {"users"}:
            raise philter_guest.Refused("the configuration of my-plugin has users, and no more")
        self.users = configuration.get("users", {})
        if not isinstance(self.users, dict) or not all(
            isinstance(password, str) for password in self.users.values()
        ):
            raise philter_guest.Refused("users are names with passwords: {\"jo\": \"secret\"}")

    def mechanisms(self, peer):
        return ["PLAIN"] if peer.is_encrypted or peer.is_loopback else []

    def start(self, session, peer, mechanism, initial):
        if mechanism != "PLAIN":
            return philter_auth.NotMine()
        if not self.mechanisms(peer):
            return philter_auth.Failure(f"PLAIN from {peer.address}, which is not encrypted")
        if initial is None:
            self.asked.add(session)
            return philter_auth.Challenge()
        return self.judge(initial)

    def step(self, session, response):
        if session not in self.asked:
            return philter_auth.Failure("this login never began")
        self.asked.remove(session)
        return self.judge(response)

    def abandon(self, session):
        self.asked.discard(session)

    def judge(self, message):
        """Who a PLAIN message is of: somebody else's identity, NUL, the user, NUL, the password."""
        fields = bytes(message).split(b"\0")
        if len(fields) != 3:
            return philter_auth.Failure("no PLAIN message")
        user = str(fields[1], "utf-8", "replace")
        if user not in self.users:
            return philter_auth.NotMine()  # the next provider may know the user
        if not are_equal(self.users[user].encode(), fields[2]):
            return philter_auth.Failure(f"wrong password for {user}")
        return philter_auth.Success(user)


def are_equal(left, right):
    """Whether both are equal, in a time that does not say how far they are."""
    differing = 0
    for one, other in zip(left, right):
        differing |= one ^ other
    return len(left) == len(right) and differing == 0


Auth = philter_auth.exports(Users())
