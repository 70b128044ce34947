"""The procedure over the four real processes, as people go through it."""

import pytest

from scripts.browser import Refused
from scripts.eventually import eventually
from scripts.people import sees
from tests.journeys.conftest import ChaosSystem


async def test_a_message_is_routed_replied_to_approved_and_answered(
    chaos: ChaosSystem, subject: str, email: str
) -> None:
    citizen, officer = chaos.citizen(), await chaos.officer()
    await citizen.write(subject=subject, email=email)
    receipt = await chaos.mailbox.letter(email, "")
    assert citizen.code in receipt["text"]
    assert subject not in receipt["text"]
    await chaos.mailbox.letter("bidb@klu.example", subject)

    case = await officer.case(subject)
    await officer.route(case, ["kddb"], note="Acele ediniz.", share_identity="yes")
    secretary = await chaos.secretary("kddb", subject)
    page = await secretary.read()
    assert "Acele ediniz." in page
    assert "Deniz Kaya" in page
    await sees(citizen.status, "İlgili birimde")
    await secretary.reply("Isıtma onarılmıştır.")

    await officer.case(subject, "reply_pending_review")
    await chaos.mailbox.letter("bidb@klu.example", "Kütüphane ve Dokümantasyon")
    await officer.approve(case)
    answer = await chaos.mailbox.letter(email, "", number=2)
    assert "Isıtma onarılmıştır." in answer["text"]
    assert answer["in_reply_to"] == receipt["message_id"]
    await sees(citizen.status, "Isıtma onarılmıştır.")
    await sees(lambda: officer.browser.open(case), "Başvuru sahibine cevap")
    assert len(await chaos.mailbox.letters(email)) == 2


async def test_a_returned_reply_is_revised_and_shows_its_reason_and_the_earlier_version(
    chaos: ChaosSystem, subject: str, email: str
) -> None:
    citizen, officer = chaos.citizen(), await chaos.officer()
    await citizen.write(subject=subject, email=email)
    case = await officer.case(subject)
    await officer.route(case, ["kddb"])
    await (await chaos.secretary("kddb", subject)).reply("Bakılacaktır efendim.")
    await officer.case(subject, "reply_pending_review")
    await officer.give_back(case, "Ne zaman bakılacağını yazınız.")

    secretary = await chaos.secretary("kddb", subject, number=2)
    page = await secretary.read()
    assert "Ne zaman bakılacağını yazınız." in page
    assert "Bakılacaktır efendim." in page
    await secretary.reply("Yarın saat 10.00'da bakılacaktır.")
    await officer.case(subject, "reply_pending_review")
    await officer.approve(case)
    await sees(citizen.status, "Yarın saat 10.00'da bakılacaktır.")


async def test_two_units_reply_and_one_answer_is_composed(chaos: ChaosSystem, subject: str, email: str) -> None:
    citizen, officer = chaos.citizen(), await chaos.officer()
    await citizen.write(subject=subject, email=email)
    case = await officer.case(subject)
    await officer.route(case, ["kddb", "yitdb"])
    await (await chaos.secretary("kddb", subject)).reply("Kütüphane kapalı tutulacaktır.")
    await sees(lambda: officer.browser.open(f"{case}/review"), "Kütüphane kapalı tutulacaktır.")
    with pytest.raises(Refused) as too_early:
        await officer.approve(case)
    assert too_early.value.status == 409

    await (await chaos.secretary("yitdb", subject)).reply("Kazan onarılmaktadır efendim.")
    await sees(lambda: officer.browser.open(f"{case}/review"), "Kazan onarılmaktadır efendim.")
    await officer.approve(case)
    answer = await chaos.mailbox.letter(email, "", number=2)
    assert "Kütüphane kapalı tutulacaktır." in answer["text"]
    assert "Kazan onarılmaktadır efendim." in answer["text"]
    assert len(await chaos.mailbox.letters(email)) == 2


async def test_a_declined_case_is_routed_to_another_unit(chaos: ChaosSystem, subject: str, email: str) -> None:
    citizen, officer = chaos.citizen(), await chaos.officer()
    await citizen.write(subject=subject, email=email)
    case = await officer.case(subject)
    await officer.route(case, ["oidb"])
    secretary = await chaos.secretary("oidb", subject)
    reason = {"reason": "Konu yapı işlerine aittir.", "suggested_unit": "Yapı İşleri", "declined_by": "Fatma Şahin"}
    await secretary.decline(**reason)
    await officer.case(subject, "in_review")
    page = await officer.browser.open(case)
    assert "Konu yapı işlerine aittir." in page
    assert "Yapı İşleri" in page

    await officer.route(case, ["yitdb"])
    await (await chaos.secretary("yitdb", subject)).reply("Isıtma onarılmıştır.")
    await officer.case(subject, "reply_pending_review")
    await officer.approve(case)
    await sees(citizen.status, "Isıtma onarılmıştır.")


async def test_an_anonymous_message_gets_its_answer_on_the_status_page_and_no_letter(
    chaos: ChaosSystem, subject: str
) -> None:
    citizen, officer = chaos.citizen(), await chaos.officer()
    await citizen.write(subject=subject, name="", email="", phone="", hide_identity="yes")
    case = await officer.case(subject)
    await officer.route(case, ["kddb"])
    secretary = await chaos.secretary("kddb", subject)
    await secretary.reply("Isıtma onarılmıştır.")
    await officer.case(subject, "reply_pending_review")
    await officer.approve(case)
    await sees(citizen.status, "Isıtma onarılmıştır.")
    written = await chaos.documents("notifier", "letters", {"message_id": case.removeprefix("/cases/")})
    assert {letter["template"] for letter in written} == {"notice", "invitation", "arrival"}


async def test_who_asks_to_stay_hidden_is_not_shown_to_the_unit(chaos: ChaosSystem, subject: str, email: str) -> None:
    citizen, officer = chaos.citizen(), await chaos.officer()
    await citizen.write(subject=subject, email=email, hide_identity="yes")
    case = await officer.case(subject)
    assert "Deniz Kaya" in await officer.browser.open(case)
    await officer.route(case, ["kddb"], share_identity="yes")
    secretary = await chaos.secretary("kddb", subject)
    page = await secretary.read()
    assert "Deniz" not in page
    assert email not in page
    kept = await chaos.documents("replies", "assignments", {"subject": subject})
    assert [assignment["submitter"] for assignment in kept] == [None]


async def test_a_recalled_assignment_refuses_the_reply_and_shows_what_was_typed(
    chaos: ChaosSystem, subject: str, email: str
) -> None:
    citizen, officer = chaos.citizen(), await chaos.officer()
    await citizen.write(subject=subject, email=email)
    case = await officer.case(subject)
    await officer.route(case, ["kddb"])
    secretary = await chaos.secretary("kddb", subject)
    await secretary.read()
    await officer.browser.fill_in(await officer.link(case, "recall"), reason="Yanlış birim seçilmişti.")

    async def dead() -> bool:
        return bool(await chaos.documents("replies", "assignments", {"subject": subject, "state": "recalled"}))

    await eventually(dead)
    with pytest.raises(Refused) as refused:
        await secretary.send(text="Uzun uzun yazılmış bir cevap.", by="Fatma Şahin")
    assert refused.value.status == 410
    assert "Yanlış birim seçilmişti." in refused.value.text
    assert "Uzun uzun yazılmış bir cevap." in refused.value.text


async def test_a_case_closed_without_an_answer_tells_the_citizen_why(
    chaos: ChaosSystem, subject: str, email: str
) -> None:
    citizen, officer = chaos.citizen(), await chaos.officer()
    await citizen.write(subject=subject, email=email)
    case = await officer.case(subject)
    closure = {"reason": "duplicate", "explanation": "Aynı konudaki başvurunuz cevaplanmıştır."}
    await officer.browser.fill_in(f"{case}/closure", **closure)
    letter = await chaos.mailbox.letter(email, "sonuçlandırıl")
    assert "Aynı konudaki başvurunuz cevaplanmıştır." in letter["text"]
    await sees(citizen.status, "Aynı konudaki başvurunuz cevaplanmıştır.")


async def test_an_english_message_is_answered_in_english(chaos: ChaosSystem, subject: str, email: str) -> None:
    citizen = chaos.citizen("en")
    await citizen.write(subject=subject, email=email)
    receipt = await chaos.mailbox.letter(email, "")
    assert receipt["subject"].startswith("Your message has been received")
    assert "Received" in await citizen.status()
