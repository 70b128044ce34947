"""``python -m scripts.manifests``: check it all and compose.yaml, print what is wrong, say what was not checked."""

import sys

import yaml

from scripts.local.setup_error import SetupError
from scripts.manifests import compose
from scripts.manifests.rendering import everything, render
from scripts.manifests.rules import PRODUCTION, RULES, broken
from scripts.manifests.schemas import CUSTOM, invalid

if __name__ == "__main__":
    found, observed, named_only = [], 0, set()
    try:
        for name in everything():
            documents, rules = render(name), {**RULES, **PRODUCTION} if name == "overlay production" else RULES
            found += [f"{name}: {finding}" for finding in invalid(documents) + broken(documents, rules)]
            named_only |= {one["kind"] for one in documents if (one["apiVersion"], one["kind"]) in CUSTOM}
            observed += len(documents)
    except SetupError as setup_error:
        sys.exit(str(setup_error))
    skipped = compose.why_not_validated()
    found += [] if skipped else compose.invalid()
    file = yaml.safe_load(compose.FILE.read_text(encoding="utf-8"))
    found += [f"compose.yaml: {finding}" for finding in compose.broken(file)]
    print("\n".join(found) if found else f"Manifests: {observed} documents keep to their schemas and to our rules.")
    print(f"Manifests: these are known by their names alone: {', '.join(sorted(named_only))}.")
    print(f"compose.yaml: {f'not read by Docker Compose: {skipped}' if skipped else 'read by Docker Compose'}.")
    sys.exit(1 if found else 0)
