"""Shares as whole percents. Pure."""


def percent(share: float) -> int:
    """A share from 0 to 1 in percent: 100 only where it is all, and 0 only where it is none."""
    return round(share * 100) if share <= 0 or share >= 1 else min(max(round(share * 100), 1), 99)
