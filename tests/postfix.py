"""A mail server for drills: Debian's Postfix, with a folder, ports and passwords of its own.

Its packages are unpacked below ``.local/postfix`` once: nothing is installed, and no Postfix of the machine is touched.
Root has to start it, because each of its programs gives its rights up by itself.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from scripts.local import config, ports
from scripts.local.processes import Process
from scripts.local.setup_error import SetupError
from tests.certificates import own_authority

PACKAGES = (
    *("postfix", "libicu72", "libnsl2", "libdb5.3", "libtirpc3"),
    *("libsasl2-2", "libsasl2-modules", "libsasl2-modules-db", "sasl2-bin", "swaks"),
)
FOLDER = config.ROOT / ".local" / "postfix"
LIBRARIES = FOLDER / "usr/lib/x86_64-linux-gnu"
OWN_LIBRARIES = FOLDER / "usr/lib/postfix"
USER, REALM, PASSWORD = "hat", "posta.klu.edu.tr", "gizli:%20@/ğ"
DOMAIN, HOTLINE = "hat.klu.edu.tr", "hat@klu.edu.tr"
"""As in docs/mail.md, whose lines are used."""
QUEUES = (
    *("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming"),
    *("maildrop", "private", "public", "saved", "trace"),
)
HERE, ELSEWHERE = "127.0.0.1", "127.0.0.9"
"""Whoever writes from the second is not of the institution: it is not in ``mynetworks``."""
MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = {unpacked}/usr/sbin
daemon_directory = {unpacked}/usr/lib/postfix/sbin
shlib_directory = {unpacked}/usr/lib/postfix
meta_directory = {unpacked}/etc/postfix
sendmail_path = {unpacked}/usr/sbin/sendmail
newaliases_path = {unpacked}/usr/sbin/sendmail
mailq_path = {unpacked}/usr/sbin/sendmail
mail_owner = daemon
setgid_group = mail
default_privs = nobody
import_environment = MAIL_CONFIG LANG=C TZ
  LD_LIBRARY_PATH={unpacked}/usr/lib/postfix:{libraries} SASL_PATH={libraries}/sasl2
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = posta.klu.edu.tr
mydestination =
local_recipient_maps =
alias_maps =
mynetworks = 127.0.0.1/32
virtual_mailbox_domains = klu.edu.tr
virtual_mailbox_maps = inline:{{ hat@klu.edu.tr=here }}
virtual_transport = smtp:[127.0.0.1]:{world}
relayhost = [127.0.0.1]:{world}
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtp_tls_security_level = may
smtp_tls_CAfile = {folder}/server.pem
smtpd_tls_cert_file = {folder}/server.pem
smtpd_tls_security_level = may
smtp_tls_loglevel = 1
smtpd_tls_loglevel = 1
smtpd_sasl_type = cyrus
smtpd_sasl_path = smtpd
cyrus_sasl_config_path = {folder}/sasl
smtpd_peername_lookup = no
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
maximal_queue_lifetime = 8s
bounce_queue_lifetime = 8s
"""
SERVICES = """\
{incoming} inet n - n - - smtpd
{submission} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_recipient_restrictions=
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class NoPostfix(Exception):
    """There is no Postfix, and it could not be had. A reason to skip."""


class Postfix:
    """It takes mail of the world at ``incoming``, and at ``submission`` that of our notifier, which has to log in.

    Mail for us goes to the port ``listener``, by the lines of docs/mail.md; all other mail to the port ``world``, but
    for that to the host ``unknown``, which does not exist. Of the institution's own addresses, it knows the hotline's.
    """

    def __init__(self, folder: Path, *, listener: int, world: int, unknown: str) -> None:
        _fetch()
        made = ports.free(["incoming", "submission"])
        self.incoming, self.submission, self.folder = made["incoming"], made["submission"], folder
        self.certificate = own_authority(folder / "server.pem")
        for name in ("sasl", "data", "queue", "queue/pid", *(f"queue/{name}" for name in QUEUES)):
            (folder / name).mkdir()
        for name in ("data", *(f"queue/{name}" for name in QUEUES)):
            shutil.chown(folder / name, "daemon")
        folder.chmod(0o755)
        where = {"folder": folder, "unpacked": FOLDER, "libraries": LIBRARIES, "world": world}
        ours = f"transport_maps = inline:{{ {unknown}=smtp:[{unknown}] }} "
        lines = documented(listener).replace("transport_maps = ", ours)
        (folder / "main.cf").write_text(MAIN.format(**where) + lines)
        (folder / "master.cf").write_text(SERVICES.format(incoming=self.incoming, submission=self.submission))
        self._env = {**os.environ, "LD_LIBRARY_PATH": f"{OWN_LIBRARIES}:{LIBRARIES}"}
        self._keep_password()
        self.process = Process(
            "postfix",
            [str(FOLDER / "usr/lib/postfix/sbin/master"), "-c", str(folder), "-d"],
            env=self._env,
            log=folder / "output",
            cwd=folder,
            die_with_parent=signal.SIGTERM,
            ready=lambda: ports.accepts(self.incoming) and ports.accepts(self.submission),
        )

    @property
    def url(self) -> str:
        """With which the notifier is told of it."""
        return f"smtp://{USER}%40{REALM}:{quote(PASSWORD, safe='')}@{HERE}:{self.submission}"

    @property
    def log(self) -> str:
        """What it has logged."""
        path = self.folder / "log"
        return path.read_text() if path.exists() else ""

    def write(self, *options: str, body: str, sender: str, to: str, source: str = ELSEWHERE) -> int:
        """Somebody in the world writes to us, by swaks. Returns its exit status: 0 when the mail was taken."""
        told = ["--server", f"{HERE}:{self.incoming}", "--local-interface", source, "--from", sender, "--to", to]
        command = ["perl", str(FOLDER / "usr/bin/swaks"), *told, "--body", body, *options]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
        self.said = done.stdout + done.stderr
        return done.returncode

    def _keep_password(self) -> None:
        sasl = self.folder / "sasl"
        program, file = str(FOLDER / "usr/sbin/saslpasswd2"), str(sasl / "passwords")
        command = [program, "-p", "-c", "-f", file, "-u", REALM, USER]
        env = {**self._env, "SASL_PATH": str(LIBRARIES / "sasl2")}
        subprocess.run(command, input=PASSWORD, text=True, check=True, env=env, capture_output=True)
        shutil.chown(sasl / "passwords", "daemon")
        settings = ("pwcheck_method: auxprop", "auxprop_plugin: sasldb", f"sasldb_path: {sasl / 'passwords'}")
        (sasl / "smtpd.conf").write_text("\n".join((*settings, "mech_list: PLAIN LOGIN", "")))


@contextmanager
def postfix(*, listener: int, world: int, unknown: str) -> Iterator[Postfix]:
    """A running one. Raises NoPostfix."""
    if os.geteuid() != 0:
        raise NoPostfix("Postfix has to be started by root")
    with tempfile.TemporaryDirectory(prefix="klu-postfix-") as folder:  # which its programs can enter as another user
        made = Postfix(Path(folder), listener=listener, world=world, unknown=unknown)
        try:
            made.process.start()
            made.process.wait_ready(60)
            yield made
        except SetupError as error:
            raise AssertionError(f"{error}\n{made.log}") from error
        finally:
            made.process.stop()


def documented(listener: int) -> str:
    """The lines of docs/mail.md, with our port."""
    _, _, rest = (config.ROOT / "docs" / "mail.md").read_text().partition("# main.cf\n")
    return rest.partition("```")[0].replace("[notifier.example]:2525", f"[{HERE}]:{listener}")


def _fetch() -> None:
    """Debian's packages, unpacked below .local. Raises NoPostfix."""
    if (FOLDER / "usr/bin/swaks").exists():
        return
    if not shutil.which("apt-get"):
        raise NoPostfix("Postfix is not here, and there is no apt-get to get it with")
    with tempfile.TemporaryDirectory() as folder:
        command = ["apt-get", "download", *PACKAGES]
        if subprocess.run(command, cwd=folder, capture_output=True, timeout=180).returncode:
            raise NoPostfix("Debian's packages of Postfix cannot be had")
        FOLDER.mkdir(parents=True, exist_ok=True)
        for package in sorted(Path(folder).glob("*.deb")):  # swaks is the last: then all are there
            subprocess.run(["dpkg", "-x", package, FOLDER], check=True)
