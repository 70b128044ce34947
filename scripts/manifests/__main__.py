"""``python -m scripts.manifests``: check everything, print what is wrong, and say what was not checked."""

import sys

from scripts.local.setup_error import SetupError
from scripts.manifests.rendering import everything, render
from scripts.manifests.rules import PRODUCTION, RULES, broken
from scripts.manifests.schemas import definitions, given_folder, invalid, unchecked


def main() -> int:
    """1 when anything was found, else 0."""
    known = definitions(given_folder())
    found, observed, named_only = [], 0, set()
    for name in everything():
        documents = render(name)
        rules = {**RULES, **PRODUCTION} if name == "overlay production" else RULES
        found += [f"{name}: {finding}" for finding in invalid(documents, known) + broken(documents, rules)]
        named_only |= unchecked(documents, known)
        observed += len(documents)
    print("\n".join(found) if found else f"Manifests: {observed} documents keep to their schemas and to our rules.")
    if named_only:
        print(f"Manifests: not checked, for KLU_CRD_DIR has no definition of them: {', '.join(sorted(named_only))}.")
    return 1 if found else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SetupError as setup_error:
        sys.exit(str(setup_error))
