"""Known attacks on a private system, each with its figure: what an attacker gets, and what everybody else feels.

    python -m scripts.attack                       # all of them, in about three minutes
    python -m scripts.attack --only headers --json figures.json

Nothing outside this machine is touched; every attack has an end of its own.
"""
