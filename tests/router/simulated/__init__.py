"""Simulated histories of cases, through the real handlers and rules, and what they come to, counted by hand.

A life is told twice: the case goes through the domain of the desk, and a list of plain facts is kept beside it.
``Naive`` counts from these facts alone, as simply as possible; it shares no code with the figures.
"""
