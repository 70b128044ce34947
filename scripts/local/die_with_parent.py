"""Runs a command that must not outlive the program that started it: ``die_with_parent.py SIGNAL PARENT COMMAND...``

The kernel is asked for the signal, then this process becomes the command. It is a program of its own because the
obvious way, ``preexec_fn``, is unsafe as soon as the parent has threads. Without prctl the command simply starts.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    parents_death_signal, parent, *command = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(parents_death_signal))
    if os.getppid() != int(parent):
        sys.exit("the program that started this one is gone already")
    os.execvp(command[0], command)  # noqa: S606 - no shell is wanted
