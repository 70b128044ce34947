#!/bin/sh
# What `make run` plants as well (scripts/local/seeds.py): units, and two people who may log in with a known password.
# Not for a system that others can reach.
set -eu
router() { python -m services.router "$@"; }

router import-units /demo/units.csv
echo Hat-7-24-demo | router add-user --email gorevli@klu.example --name "Ayşe Yılmaz" --role officer --password-stdin
echo Hat-7-24-demo | router add-user --email yonetici@klu.example --name "Mehmet Demir" --role admin --password-stdin
