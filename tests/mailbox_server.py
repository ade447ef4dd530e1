"""The few words of IMAP and POP3 that reading a mailbox takes, spoken by a small server of our own."""

import re
import socketserver
import threading
from typing import Any, Self


class MailboxServer:
    """`mails` by number; `seen` and `deleted` are what the client asked for."""

    def __init__(self, handler: type["Imap"] | type["Pop3"], *mails: str) -> None:
        self.mails = {n: mail.replace("\n", "\r\n").encode() for n, mail in enumerate(mails, 1)}
        self.seen: set[int] = set()
        self.deleted: set[int] = set()
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler)
        self.server.box = self  # type: ignore[attr-defined]
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, args=[0.05], daemon=True).start()
        return self

    def __exit__(self, *failure: object) -> None:
        self.server.shutdown()
        self.server.server_close()


class Speaker(socketserver.StreamRequestHandler):
    greeting = ""

    @property
    def box(self) -> MailboxServer:
        return self.server.box  # type: ignore[attr-defined,no-any-return]

    def say(self, *lines: str) -> None:
        for line in lines:
            self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        self.say(self.greeting)
        while line := self.rfile.readline().decode().strip():
            if self.answer(line):
                return

    def answer(self, line: str) -> Any:
        raise NotImplementedError


class Imap(Speaker):
    greeting = "* OK ready"

    def answer(self, line: str) -> Any:
        tag, words = line.split(" ", 1)
        if words.startswith("LOGIN") and words != 'LOGIN portal "se cret"':
            return self.say(f"{tag} NO wrong password")
        if words.startswith("CAPABILITY"):
            self.say("* CAPABILITY IMAP4rev1")
        elif words.startswith("SELECT"):
            self.say(f"* {len(self.box.mails)} EXISTS")
            if "Nowhere" in words:
                return self.say(f"{tag} NO no such folder")
        elif words.startswith("UID SEARCH UNSEEN SINCE"):
            self.say(f"* SEARCH {' '.join(str(n) for n in self.box.mails if n not in self.box.seen)}")
        elif fetch := re.match(r"UID FETCH (\d+) \(BODY\.PEEK\[\]\)", words):
            mail = self.box.mails[int(fetch[1])]
            self.say(f"* {fetch[1]} FETCH (UID {fetch[1]} BODY[] {{{len(mail)}}}")
            self.wfile.write(mail)
            self.say(")")
        elif store := re.match(r"UID STORE (\d+) \+FLAGS \(\\Seen\)", words):
            self.box.seen.add(int(store[1]))
        elif words.startswith("LOGOUT"):
            self.say("* BYE")
        self.say(f"{tag} OK done")
        return words.startswith("LOGOUT")


class Pop3(Speaker):
    greeting = "+OK ready"

    def setup(self) -> None:
        super().setup()
        self.marked: set[int] = set()

    def answer(self, line: str) -> Any:
        command, _, argument = line.partition(" ")
        if command == "PASS" and argument != "se cret":
            return self.say("-ERR wrong password")
        self.say(f"+OK {len(self.box.mails)} 1000" if command == "STAT" else "+OK")
        if command == "RETR":
            self.wfile.write(self.box.mails[int(argument)] + b"\r\n.\r\n")
        elif command == "DELE":
            self.marked.add(int(argument))
        elif command == "QUIT":
            self.box.deleted |= self.marked
        return command == "QUIT"
