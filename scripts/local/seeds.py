"""What a fresh system needs before anybody can try it: units and two people who may log in."""

from pathlib import Path

from scripts.local.system import System

UNITS = Path(__file__).with_name("units.csv")
DEMO_PASSWORD = "Hat-7-24-demo"  # noqa: S105 - it is printed on the screen
DEMO_USERS = (("gorevli@klu.example", "Ayşe Yılmaz", "officer"), ("yonetici@klu.example", "Mehmet Demir", "admin"))


def plant(system: System) -> None:
    """Import the units and the two demo users; harmless when they are there."""
    system.command("router", ["import-units", str(UNITS)])
    for email, name, role in DEMO_USERS:
        options = ["--email", email, "--name", name, "--role", role, "--password-stdin"]
        system.command("router", ["add-user", *options], DEMO_PASSWORD)
