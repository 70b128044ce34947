"""What other machines write: that somebody is away, that a letter was read or arrived, lists, challenges. 40 mails."""

from collections.abc import Iterator

from tests.notifier.corpus.bounces import TO, UNKNOWN, postfix
from tests.notifier.corpus.made import BODY, DATE, ENCODED, LETTER, US, Sample, mail, multi, single

AWAY = {
    "annual tr": "24-30 Kasım tarihleri arasında yıllık izindeyim. Acil durumlarda 0288 550 12 34 numaralı telefonu arayınız.",
    "sick tr": "Raporlu olduğum için 2 Aralık'a kadar ofiste olmayacağım. İletiniz bana ulaştı, dönünce okuyacağım.",
    "duty tr": "Görevli olarak yurt dışındayım; e-postalara sınırlı olarak bakabiliyorum.",
    "annual en": "I am on annual leave from 24 to 30 November. For urgent matters please call +90 288 550 12 34.",
    "out en": "I am out of the office until 1 December with limited access to e-mail. Your mailbox is not full, mine is.",
}
SUBJECTS = {
    "outlook tr": f"=?utf-8?Q?Otomatik_yan=C4=B1t:_?= {ENCODED}",
    "outlook en": f"Automatic reply: {ENCODED}",
    "old exchange tr": f"=?iso-8859-9?Q?Ofis_D=FD=FE=FDnda:_?= {ENCODED}",
    "old exchange en": f"Out of Office: {ENCODED}",
    "gmail": f"Re: {ENCODED}",
    "yandex": f"=?utf-8?B?T3RvbWF0aWsgY2V2YXA6IA==?= {ENCODED}",
    "vacation": "away from my mail",
    "zimbra": f"=?utf-8?Q?=C4=B0zindeyim?= Re: {ENCODED}",
    "domino": "AUTO: Deniz Kaya is out of the office (returning 01.12.2026)",
    "aol": f"Re: {ENCODED} (Automatic Response)",
}
RFC_3834 = "Auto-Submitted: auto-replied"
PROGRAMS: dict[str, tuple[str, str, str]] = {
    # the subject, the headers that say what it is, the envelope's sender
    "outlook tr": ("outlook tr", f"{RFC_3834}\nX-Auto-Response-Suppress: All", ""),
    "outlook en": ("outlook en", f"{RFC_3834}\nX-Auto-Response-Suppress: All", ""),
    "outlook tr, without": ("outlook tr", "", TO),
    "outlook en, without": ("outlook en", "", TO),
    "old exchange tr": ("old exchange tr", "", TO),
    "old exchange en": ("old exchange en", "", TO),
    "gmail": ("gmail", f"{RFC_3834}\nPrecedence: bulk\nX-Autoreply: yes", TO),
    "yandex": ("yandex", f"{RFC_3834}\nX-Yandex-Autoreply: yes", ""),
    "yandex, without": ("yandex", "", TO),
    "vacation": ("vacation", "Auto-Submitted: auto-replied (vacation)\nPrecedence: junk", ""),
    "vacation, old": ("vacation", "Precedence: bulk", ""),
    "vacation, without": ("vacation", "", ""),
    "zimbra": ("zimbra", f"{RFC_3834} (zimbra; vacation)\nPrecedence: bulk", ""),
    "domino, without": ("domino", "", TO),
    "aol, without": ("aol", "", TO),
}


def away(program: str, text: str) -> Sample:
    """That somebody is away. They got the letter."""
    subject, marks, sender = PROGRAMS[program]
    head = f"From: Deniz Kaya <{TO}>\nTo: {US}\nSubject: {SUBJECTS[subject]}\nDate: {DATE}\nIn-Reply-To: <m1.receipt@klu.example>\n{marks}"
    if program.startswith("outlook"):
        html = single(f"<html><body><div><p>{AWAY[text]}</p></div></body></html>", "text/html; charset=utf-8")
        raw = mail(head, multi("alternative", single(AWAY[text] + "\n"), html))
    elif program.startswith("old"):
        raw = mail(head, single(AWAY[text], "text/plain; charset=iso-8859-9"), "iso-8859-9")
    else:
        raw = mail(head, single(AWAY[text]))
    return Sample(f"away, {program}: {text}", raw, "automatic", sender, away=True)


def _other(name: str, head: str, body: str, sender: str = "") -> Sample:
    return Sample(name, mail(f"To: {US}\nDate: {DATE}\n{head}", body), "automatic", sender)


def _receipt(disposition: str) -> str:
    return multi(
        "report; report-type=disposition-notification",
        single("Your message was read. / İletiniz okundu."),
        "Content-Type: message/disposition-notification\n\nReporting-UA: Outlook\n"
        f"Final-Recipient: rfc822;{TO}\nDisposition: automatic-action/MDN-sent-automatically; {disposition}\n",
    )


def others() -> Iterator[Sample]:
    """Machines that report no failure."""
    person = f"From: Deniz Kaya <{TO}>\n"
    for name, subject, disposition in (
        ("read, en", "Read: ", "displayed"),
        ("read, tr", "Okundu: ", "displayed"),
        ("deleted", "Not read: ", "deleted"),
    ):
        yield _other(name, f"{person}Subject: {subject}{ENCODED}", _receipt(disposition))
    for action, subject in (("delivered", "Successful Mail Delivery Report"), ("relayed", f"Relayed: {ENCODED}")):
        raw = postfix(UNKNOWN).replace(b"Action: failed", b"Action: " + action.encode())
        raw = raw.replace(b"Undelivered Mail Returned to Sender", subject.encode()).replace(b"5.1.1", b"2.0.0")
        raw = raw.replace(
            b"I'm sorry to have to inform you that your message could not", b"Your message was successfully"
        )
        raw = raw.replace(b"be delivered to one or more recipients. It's attached below.", b"delivered.")
        raw = raw.replace(
            b"550 2.0.0 <" + TO.encode() + b">: Recipient address rejected: User unknown", b"250 2.0.0 Ok"
        )
        yield Sample(f"report: {action}", raw, "automatic")
    yield _other(
        "complaint",
        "From: feedback@provider.example\nSubject: FW: Abuse",
        multi(
            "report; report-type=feedback-report",
            single("This is an abuse report."),
            "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\n",
            f"Content-Type: message/rfc822\n\n{LETTER}{BODY}",
        ),
        "feedback@provider.example",
    )
    yield _other(
        "challenge",
        f"{person}Subject: Please confirm your message\nPrecedence: auto_reply",
        single("Your message has not been delivered yet. Click the link below."),
        TO,
    )
    yield _other(
        "list",
        f"{person}Subject: [duyuru] Toplantı\nList-Id: <duyuru.example.org>\nPrecedence: list",
        single("Toplantı 14.00'te."),
        "duyuru-bounces@example.org",
    )
    yield _other(
        "ticket",
        f"From: destek@example.org\nSubject: [Talep #5501] {ENCODED}\nAuto-Submitted: auto-replied",
        single("Talebiniz alınmıştır. Kayıt numaranız: 550-511."),
        "destek@example.org",
    )
    yield _other(
        "noreply",
        "From: no-reply@example.org\nSubject: Bildiriminiz alındı",
        single("Bu ileti otomatik olarak gönderilmiştir, yanıtlamayınız."),
        "no-reply@example.org",
    )


def machines() -> Iterator[Sample]:
    """All of them: each program twice, in two of the texts."""
    texts = list(AWAY)
    for number, program in enumerate(PROGRAMS):
        yield away(program, texts[number % len(texts)])
        yield away(program, texts[(number + 2) % len(texts)])
    yield from others()
