"""What a kernel process may do: Landlock, seccomp, rlimits, no capabilities.

Everything here runs in the kernel's process, after the fork and before any student
code, in the order of `confine`; `close_sockets` follows when the kernel's own sockets
are bound. A protection that this machine lacks raises `SandboxError`.

What each part is for:

- Landlock: files. Reading only what a kernel needs, writing only the scratch folder;
  where the kernel knows it (ABI 6), also signals and abstract sockets.
- seccomp: everything that is no file. No sockets, no namespaces, no ptrace, no leaving
  of the process group, by which the grader kills whatever a submission started.
- rlimits: memory, processor time, size and number of files.
- capabilities: none, also as root.
"""

import ctypes
import errno
import os
import resource
import signal
import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same on all processors
RULE_PATH_BENEATH = 1
CREATE_RULESET_VERSION = 1
PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 24, 38
PR_SET_DUMPABLE, PR_SET_MM = 4, 35
CAPABILITY_VERSION_3 = 0x20080522
LAST_CAPABILITY = 63

# Landlock's file rights, in the order of its bits, and the ABI that brought each.
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
RIGHTS_BY_ABI = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
FILE_RIGHTS = EXECUTE | WRITE_FILE | READ_FILE | 1 << 14 | 1 << 15
READ = EXECUTE | READ_FILE | READ_DIR
NET_TCP = 0b11
SCOPES = 0b11  # abstract unix sockets, signals

# Other processes; namespaces, mounts and the system; ways around the socket rules
# and what would outlive the submission.
DENIED = (
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp",
    "pidfd_open", "pidfd_getfd", "pidfd_send_signal", "migrate_pages", "move_pages",
    "setsid", "setpgid",
    "unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "open_tree",
    "move_mount", "fsopen", "fsmount", "fsconfig", "fspick", "mount_setattr", "swapon",
    "swapoff", "reboot", "kexec_load", "kexec_file_load", "init_module",
    "finit_module", "delete_module", "acct", "quotactl", "quotactl_fd",
    "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "sethostname",
    "setdomainname", "syslog", "personality", "bpf", "perf_event_open",
    "userfaultfd", "open_by_handle_at", "name_to_handle_at", "fanotify_init",
    "lookup_dcookie", "iopl", "ioperm",
    "io_uring_setup", "io_uring_enter", "io_uring_register", "add_key",
    "request_key", "keyctl", "shmget", "shmat", "shmctl", "semget", "semop",
    "semctl", "semtimedop", "msgget", "msgsnd", "msgrcv", "msgctl", "mq_open",
    "mq_unlink", "setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr",
    "fremovexattr",
)  # fmt: skip
# Landlock does not know these; they do nothing and say that all is well, because
# `shutil.copy` and the like use them on files of the scratch folder.
IGNORED = (
    "chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "lchown", "fchown", "fchownat",
    "utime", "utimes", "utimensat", "futimesat",
)  # fmt: skip
SOCKET_CALLS = ("socket", "connect", "bind", "listen")
NAMESPACE_FLAGS = 0x7E020080  # every CLONE_NEW*


class SandboxError(OSError):
    """A protection could not be put in place."""


@dataclass(frozen=True)
class Policy:
    """What one kernel may touch and use.

    `read` and `write` are folders or files; `write` includes reading.
    """

    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    memory_mib: int = 4096
    cpu_seconds: int = 600
    file_mib: int = 100
    n_open_files: int = 256


def missing_protections() -> list[str]:
    """What this machine lacks; empty where a kernel can be confined."""
    missing = []
    if not landlock_abi():
        missing.append("Landlock (Linux 5.13 or later)")
    try:
        import pyseccomp  # noqa: F401
    except (ImportError, RuntimeError, OSError):
        missing.append("libseccomp")
    return missing


def confine(policy: Policy) -> None:
    """Give up, for ever, all that a kernel does not need; sockets still work.

    Raises
    ------
    SandboxError
        If the machine lacks Landlock or seccomp.
    """
    _prctl(PR_SET_NO_NEW_PRIVS, 1)
    limit_resources(policy)
    drop_capabilities()
    restrict_files(policy)
    filter_calls(DENIED)


def close_sockets() -> None:
    """From now on no socket can be made, connected or bound, in any thread."""
    filter_calls(SOCKET_CALLS)


def limit_resources(policy: Policy) -> None:
    """Set the rlimits, soft and hard."""
    mib = 2**20
    limits = {
        resource.RLIMIT_DATA: policy.memory_mib * mib + _private_bytes(),
        resource.RLIMIT_CPU: policy.cpu_seconds,
        resource.RLIMIT_FSIZE: policy.file_mib * mib,
        resource.RLIMIT_NOFILE: policy.n_open_files,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_MEMLOCK: 0,
    }
    for kind, value in limits.items():
        resource.setrlimit(kind, (value, value))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # an OSError is enough


def drop_capabilities() -> None:
    """Lose every capability; without effect for who has none."""
    for capability in range(LAST_CAPABILITY + 1):
        if _LIBC.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) and ctypes.get_errno() in (
            errno.EINVAL,
            errno.EPERM,
        ):
            break
    header = struct.pack("=Ii", CAPABILITY_VERSION_3, 0)
    if _LIBC.capset(header, bytes(24)):
        raise _failure("capset")


def landlock_abi() -> int:
    """Version of Landlock on this machine; 0 when there is none."""
    if sys.platform != "linux":
        return 0
    abi = _LIBC.syscall(CREATE_RULESET, None, 0, CREATE_RULESET_VERSION)
    return max(0, abi)


def restrict_files(policy: Policy) -> None:
    """Allow reading and writing only what the policy names."""
    abi = landlock_abi()
    if not abi:
        raise SandboxError(errno.ENOSYS, "this machine has no Landlock")
    handled = (1 << RIGHTS_BY_ABI[min(abi, max(RIGHTS_BY_ABI))]) - 1
    attributes = struct.pack(
        "=QQQ",
        handled,
        NET_TCP if abi >= 4 else 0,
        SCOPES if abi >= 6 else 0,
    )
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    ruleset = _LIBC.syscall(CREATE_RULESET, attributes, size, 0)
    if ruleset < 0:
        raise _failure("landlock_create_ruleset")
    try:
        _allow(ruleset, policy.read, READ & handled)
        _allow(ruleset, policy.write, handled)
        if _LIBC.syscall(RESTRICT_SELF, ruleset, 0):
            raise _failure("landlock_restrict_self")
    finally:
        os.close(ruleset)


def filter_calls(names: Iterable[str]) -> None:
    """Make system calls fail with EPERM, in every thread of this process."""
    try:
        import pyseccomp
    except (ImportError, RuntimeError, OSError) as error:
        raise SandboxError(errno.ENOSYS, f"libseccomp: {error}") from error
    filters = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    filters.set_attr(pyseccomp.Attr.CTL_TSYNC, 1)
    deny = pyseccomp.ERRNO(errno.EPERM)
    names = set(names)
    for name in names:
        _add_rule(filters, deny, name)
    if "unshare" in names:
        _add_argument_rules(filters)
        for name in IGNORED:
            _add_rule(filters, pyseccomp.ERRNO(0), name)
    try:
        filters.load()
    except (OSError, RuntimeError) as error:
        raise SandboxError(errno.ENOSYS, f"seccomp: {error}") from error


def _add_argument_rules(filters: Any) -> None:
    """Calls that are harmless with some arguments only."""
    import pyseccomp as p

    deny = p.ERRNO(errno.EPERM)
    # clone3 hides its flags from the filter; libc then falls back to clone
    _add_rule(filters, p.ERRNO(errno.ENOSYS), "clone3")
    for bit in (1 << n for n in range(32) if NAMESPACE_FLAGS >> n & 1):
        masked = p.Arg(0, p.MASKED_EQ, bit, bit)
        _add_rule(filters, deny, "clone", masked)
    _add_rule(filters, deny, "prlimit64", p.Arg(0, p.NE, 0))
    for option in (PR_SET_PDEATHSIG, PR_SET_MM, PR_SET_DUMPABLE):
        _add_rule(filters, deny, "prctl", p.Arg(0, p.EQ, option))
    if landlock_abi() < 6:  # no scope for signals: only one's own process
        for name in ("kill", "tkill", "tgkill"):
            _add_rule(filters, deny, name, p.Arg(0, p.NE, os.getpid()))


def _add_rule(filters: Any, action: int, name: str, *arguments: Any) -> None:
    """Add a rule unless this processor does not have the system call."""
    try:
        filters.add_rule(action, name, *arguments)
    except (ValueError, OSError):
        return


def _allow(ruleset: int, paths: Iterable[str], rights: int) -> None:
    for path in paths:
        try:
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue  # what is not there need not be allowed
        try:
            is_file = not Path(path).is_dir()
            allowed = rights & FILE_RIGHTS if is_file else rights
            rule = struct.pack("=Qi", allowed, descriptor)
            if _LIBC.syscall(ADD_RULE, ruleset, RULE_PATH_BENEATH, rule, 0):
                raise _failure(f"landlock_add_rule {path}")
        finally:
            os.close(descriptor)


def _private_bytes() -> int:
    """Memory that this process has already and that RLIMIT_DATA counts."""
    with open("/proc/self/status", encoding="ascii") as file:
        for line in file:
            if line.startswith("VmData:"):
                return int(line.split()[1]) * 1024
    return 0


def _prctl(option: int, value: int) -> None:
    if _LIBC.prctl(option, value, 0, 0, 0):
        raise _failure(f"prctl {option}")


def die_with_parent() -> None:
    """Ask the system to kill this process when its parent ends."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _failure(what: str) -> SandboxError:
    number = ctypes.get_errno()
    return SandboxError(number, f"{what}: {os.strerror(number)}")


_LIBC = ctypes.CDLL(None, use_errno=True)
