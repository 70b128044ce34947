"""Rules of the unit portal: one assignment, its secret link, its draft, the versions of its reply. No I/O."""
