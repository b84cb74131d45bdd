"""Whether a process is still the one that was meant (its id and, where the system tells, the time of its start), and
what memory it holds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def start_time(pid: int) -> str:
    """An opaque mark of when the process began; empty where the system does not tell or there is no such
    process."""
    if sys.platform == "win32":
        return _windows_start_time(pid) or ""
    fields = _proc_stat(pid)
    return fields[19] if fields else ""


def alive(pid: int, started: str = "") -> bool:
    """Whether the process runs (a dead one that nobody has reaped does not) and began at `started`, if
    given."""
    if pid <= 0:
        return False
    if sys.platform == "win32":
        now = _windows_start_time(pid)
        return now is not None and (not started or now == started)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    fields = _proc_stat(pid)
    if not fields:
        return True
    return fields[0] not in ("Z", "X") and (not started or fields[19] == started)


def memory(pid: int) -> int:
    """Bytes of memory that the process holds; 0 where the system does not tell."""
    if sys.platform == "win32":
        return _windows_memory(pid)
    try:
        text = Path(f"/proc/{pid}/status").read_text("utf-8", "replace")
        return next((1024 * int(line.split()[1]) for line in text.splitlines() if line.startswith("VmRSS:")), 0)
    except (OSError, ValueError, IndexError):
        return _told_memory(pid)


def _told_memory(pid: int) -> int:
    """By `ps`, where there is no /proc (macOS)."""
    try:
        told = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, timeout=5, check=True).stdout
        return 1024 * int(told)
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0


def _proc_stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat behind the name, which may itself contain spaces and parentheses."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _windows_start_time(pid: int) -> str | None:
    """`os.kill(pid, 0)` would end the process there, so the system is asked by name. None: it does not
    run."""
    if sys.platform != "win32":
        return None
    import ctypes
    from ctypes import wintypes

    query, still_active = 0x1000, 259
    kernel = ctypes.windll.kernel32
    kernel.OpenProcess.restype = wintypes.HANDLE
    handle = kernel.OpenProcess(query, False, pid)
    if not handle:
        return None
    try:
        code = wintypes.DWORD()
        times = [wintypes.FILETIME() for _ in range(4)]
        if not kernel.GetExitCodeProcess(handle, ctypes.byref(code)) or code.value != still_active:
            return None
        if not kernel.GetProcessTimes(handle, *(ctypes.byref(time) for time in times)):
            return ""
        return f"{times[0].dwHighDateTime:x}{times[0].dwLowDateTime:08x}"
    finally:
        kernel.CloseHandle(handle)


def _windows_memory(pid: int) -> int:
    if sys.platform != "win32":
        return 0
    import ctypes
    from ctypes import wintypes

    class Counters(ctypes.Structure):
        _fields_ = [("size", wintypes.DWORD), ("faults", wintypes.DWORD)] + [
            (f"bytes{number}", ctypes.c_size_t) for number in range(8)
        ]

    query = 0x1000
    kernel = ctypes.windll.kernel32
    kernel.OpenProcess.restype = wintypes.HANDLE
    handle = kernel.OpenProcess(query, False, pid)
    if not handle:
        return 0
    try:
        counters = Counters(size=ctypes.sizeof(Counters))
        told = kernel.K32GetProcessMemoryInfo(handle, ctypes.byref(counters), counters.size)
        return int(counters.bytes1) if told else 0  # bytes0: the most that it ever held
    finally:
        kernel.CloseHandle(handle)
