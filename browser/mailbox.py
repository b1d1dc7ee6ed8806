"""A real SMTP server on this machine, and what it was given."""

import email
import email.policy
import re
import threading
import time

from aiosmtpd.controller import Controller

LINK = re.compile(r"https?://[^\s\"'<>]+")


class Mail:
    """A mail as it arrived."""

    def __init__(self, sender, recipients, content):
        self.sender, self.recipients = sender, recipients
        self.message = email.message_from_bytes(content, policy=email.policy.default)

    @property
    def subject(self):
        return str(self.message["Subject"])

    @property
    def text(self):
        return self.message.get_body(("plain",)).get_content()

    @property
    def html(self):
        return self.message.get_body(("html",)).get_content()

    def links(self, containing=""):
        """The addresses in the text, those with a word in them."""
        return [link.rstrip(".,)>") for link in LINK.findall(self.text) if containing in link]

    def __repr__(self):
        return f"<{self.subject!r} to {', '.join(self.recipients)}>"


class Mailbox:
    """Everybody's mail."""

    def __init__(self):
        self._mails, self._arrived = [], threading.Condition()
        self._controller = Controller(self, hostname="127.0.0.1", port=0)

    async def handle_DATA(self, server, session, envelope):
        with self._arrived:
            self._mails.append(Mail(envelope.mail_from, envelope.rcpt_tos, envelope.original_content))
            self._arrived.notify_all()
        return "250 taken"

    def start(self):
        # With port 0 the controller would test itself on port 0, so a free one is looked for.
        import socket

        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._controller.port = free.getsockname()[1]
        self._controller.start()

    def stop(self):
        self._controller.stop()

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self._controller.port}"

    def of(self, address):
        """All mails to an address so far."""
        with self._arrived:
            return [mail for mail in self._mails if address in mail.recipients]

    def wait(self, address, count=1, seconds=20):
        """The mails to an address, once there are so many."""
        deadline = time.monotonic() + seconds
        with self._arrived:
            while True:
                mails = [mail for mail in self._mails if address in mail.recipients]
                if len(mails) >= count:
                    return mails
                if not self._arrived.wait(deadline - time.monotonic()):
                    raise AssertionError(f"{address} got {mails}, not {count} mails, in {seconds} s")

    def settled(self, address, seconds=3):
        """The mails to an address when no more came for a while."""
        count, since = len(self.of(address)), time.monotonic()
        while time.monotonic() - since < seconds:
            time.sleep(0.1)
            if len(self.of(address)) != count:
                count, since = len(self.of(address)), time.monotonic()
        return self.of(address)
