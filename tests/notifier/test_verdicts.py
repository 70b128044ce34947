"""Whether a mail is from whom it says: as our own mail server found, and nobody else."""

import pytest

from services.notifier.domain.verdicts import verdict
from tests.notifier.test_incoming import mail, read

OURS = "mx.klu.edu.tr"


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("dmarc=pass header.from=example.org", "pass"),
        ("dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=example.org; spf=fail", "pass"),
        ("dmarc=fail (p=reject) header.from=example.org; dkim=pass header.d=example.org", "fail"),
        ("spf=pass smtp.mailfrom=deniz@example.org", "pass"),
        ("spf=pass (sender (is) permitted) smtp.mailfrom=bounce.example.org", "pass"),
        ("spf=pass smtp.mailfrom=other.example", "none"),
        ("spf=pass smtp.mailfrom=myexample.org", "none"),
        ("spf=pass smtp.mailfrom=org", "none"),
        ("dkim=pass header.d=example.org header.s=x", "pass"),
        ("dkim=pass header.i=@mail.example.org", "pass"),
        ("dkim=pass header.d=mailer.example; spf=pass smtp.mailfrom=mailer.example", "none"),
        ("dkim=fail header.d=example.org; spf=none", "fail"),
        ("spf=softfail smtp.mailfrom=example.org", "fail"),
        ("spf=none; dkim=none", "none"),
        ("none", "none"),
        ("dkim=pass (dmarc=pass) header.d=mailer.example", "none"),
        ('dkim=pass header.d="example.org"', "pass"),
        ("DMARC=PASS header.from=EXAMPLE.ORG", "pass"),
        ('spf=pass smtp.mailfrom="; dmarc=pass header.from=example.org;"@other.example', "none"),
        ('spf=pass smtp.mailfrom="a@example.org"@other.example', "none"),
        ('spf=pass smtp.mailfrom="a smtp.mailfrom=a@example.org "@other.example', "none"),
        ('spf=pass smtp.mailfrom="\\"; dkim=pass header.d=example.org; \\""@other.example', "none"),
        ("spf=pass smtp.mailfrom=a smtp.mailfrom=a@example.org @other.example; dmarc=none", "none"),
        ("spf=pass smtp.mailfrom=a; dmarc=pass x=@other.example; dmarc=fail", "fail"),
        ('spf=pass ("comments" have no ") quotes) smtp.mailfrom=a@example.org', "none"),
        ('spf=none (a "quoted; dkim=pass" comment; dkim=pass header.d=example.org)', "none"),
        ('dkim=pass header.i="@example.org"; spf=fail', "pass"),
    ],
)
def test_what_our_server_found(said: str, found: str) -> None:
    assert verdict([f"{OURS} 1; {said}"], "Example.org", OURS.upper()) == found


def test_only_our_servers_word_counts_and_only_its_newest() -> None:
    forged = f"{OURS}; dmarc=pass header.from=example.org"
    assert verdict(["mx.attacker.example; dmarc=pass"], "example.org", OURS) == "none"
    assert verdict([f"{OURS}; dmarc=fail", forged], "example.org", OURS) == "fail"
    assert verdict([f"{OURS}; none", forged], "example.org", OURS) == "none"
    assert verdict(["other; dmarc=fail", forged], "example.org", OURS) == "pass"
    assert verdict([f"{OURS}.attacker.example; dmarc=pass"], "example.org", OURS) == "none"


def test_without_a_trusted_server_every_mail_is_unverified() -> None:
    assert verdict(["; dmarc=pass", f"{OURS}; dmarc=pass"], "example.org", "") == "none"
    assert verdict([f"{OURS}; dmarc=pass"], "", OURS) == "none"


def test_a_hostile_header_takes_no_time() -> None:
    for part in ("(", "(a", "\\(", "a=b;", "a.b=c ", "a=", '"', "a." * 100):
        assert verdict([f"{OURS}; " + part * 10_000], "example.org", OURS) == "none"


def test_a_mail_has_the_verdict_of_its_topmost_header() -> None:
    results = f"{OURS};\r\n dmarc=pass (p=none)\r\n header.from=example.org"
    assert read(mail(Authentication_Results=results), authserv_id=OURS).verified == "pass"
    assert read(mail(Authentication_Results=results)).verified == "none"
    assert (
        read(mail(Authentication_Results=results, From="a@example.org, b@example.org"), authserv_id=OURS).verified
        == "none"
    )
