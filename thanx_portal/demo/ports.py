"""Ports of this machine: find a free one, or the program that holds one."""

import contextlib
import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"
TRIES = 50
LISTENING = "0A"


class PortTaken(Exception):
    """Another program listens on the port."""

    def __init__(self, port: int, holder: str) -> None:
        super().__init__(f"Port {port} is taken by {holder}.")


def claim(wanted: int | None, *, otherwise: int) -> int:
    """Return the wanted port, or without one the first free port from `otherwise` on. Raises PortTaken."""
    if wanted is not None:
        if not is_free(wanted):
            raise PortTaken(wanted, holder(wanted))
        return wanted
    for port in range(otherwise, otherwise + TRIES):
        if is_free(port):
            return port
    raise PortTaken(otherwise, holder(otherwise))


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of the loopback interface now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def answers(port: int) -> bool:
    """Whether a server listens on this port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


def holder(port: int) -> str:
    """Return the process that listens on a port, such as "process 812 (python manage.py web)", as far as /proc says."""
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # the process has ended, or belongs to another user
            if any(str(handle.readlink()) in sockets for handle in (process / "fd").iterdir()):
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                return f"process {process.name} ({command[:80]})"
    return "another program"


def _listening_inodes(port: int) -> set[str]:
    """Source: proc(5), /proc/net/tcp: local address with the port in hexadecimal, state, inode of the socket."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
                fields = line.split()
                if fields[1].endswith(f":{port:04X}") and fields[3] == LISTENING:
                    found.add(fields[9])
    return found
