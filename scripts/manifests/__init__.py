"""Checks of ``deploy/k8s`` that need no cluster: it renders, its schemas hold, and so do our own rules.

A rule is a pure function ``documents -> list[str]``: what is wrong, one sentence each. ``make check`` asks them
all, and the tests prove that breaking each one is noticed.
"""
