"""Ways to break the rules about compose.yaml: what they then say."""

from collections.abc import Callable
from typing import Any

File = dict[str, Any]
BREAKS: list[tuple[str, Callable[[dict[str, File], File], object]]] = [
    ("rabbitmq: runs as root", lambda parts, networks: parts["rabbitmq"].pop("user")),
    ("mongodb: runs as root", lambda parts, networks: parts["mongodb"].update(user="0:0")),
    ("mongodb: can write to its root", lambda parts, networks: parts["mongodb"].pop("read_only")),
    ("mailpit: can write to its root", lambda parts, networks: parts["mailpit"].update(tmpfs="/")),
    ("router: has capabilities", lambda parts, networks: parts["router"].pop("cap_drop")),
    ("rabbitmq: has capabilities", lambda parts, networks: parts["rabbitmq"].update(cap_add=["CHOWN"])),
    ("handover: has capabilities", lambda parts, networks: parts["handover"]["cap_add"].append("SYS_ADMIN")),
    ("intake: may gain privileges", lambda parts, networks: parts["intake"].pop("security_opt")),
    ("demo: may gain privileges", lambda parts, networks: parts["demo"].update(privileged=True)),
    ("intake: may take all", lambda parts, networks: parts["intake"].pop("mem_limit")),
    ("intake: may take all", lambda parts, networks: parts["intake"].pop("pids_limit")),
    ("mongodb: may take all", lambda parts, networks: parts["mongodb"].update(pids_limit=-1)),
    ("replies: shares", lambda parts, networks: parts["replies"].update(pid="host")),
    ("replies: shares", lambda parts, networks: parts["replies"].update(network_mode="host")),
    ("demo: writes to ./here", lambda parts, networks: parts["demo"]["volumes"].append("./here:/there")),
    ("rabbitmq: nobody can name", lambda parts, networks: parts["rabbitmq"].update(image="rabbitmq:4.3.4")),
    ("one release", lambda parts, networks: parts["mongodb"].update(image="${KLU_MONGODB_IMAGE:-mongo:8.0}")),
    ("one release", lambda parts, networks: parts["mailpit"].update(image="${KLU_MAILPIT_IMAGE:-axllent/mailpit}")),
    ("intake: is in the network of all", lambda parts, networks: parts["intake"].pop("networks")),
    ("mail: intake need not", lambda parts, networks: parts["intake"]["networks"].append("mail")),
    ("published: mongodb need not", lambda parts, networks: parts["mongodb"].update(networks=["published"])),
    ("documents: mailpit need not", lambda parts, networks: parts["mailpit"].update(networks=["documents"])),
    ("published: rabbitmq need not", lambda parts, networks: parts["rabbitmq"]["networks"].append("published")),
    ("broker: leads outside", lambda parts, networks: networks["broker"].pop("internal")),
    ("published: leads outside", lambda parts, networks: networks["published"].pop("driver_opts")),
    ("new: nobody knows", lambda parts, networks: networks.update(new={"internal": True})),
]
