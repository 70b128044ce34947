"""Words that may mean danger: what must raise an alarm, what must not, and where such a case stands."""

import sys

import pytest

from services.router.cases.domain.alarms import alarms
from services.router.cases.domain.case import open_case
from services.router.cases.domain.facets import rank
from services.router.cases.domain.states import Priority
from services.router.cases.domain.submitter import follow_up
from shared.events import MessageFollowedUp
from tests import examples as example

MUST = {
    "Yurdun bodrumunda gaz kaçağı var, lütfen acele edin.": "gas",
    "Kazan dairesinden yoğun doğalgaz kokusu geliyor": "gas",
    "Mutfakta gaz kokuyor, başım dönüyor.": "gas",
    "Laboratuvarda karbonmonoksit ölçüldü": "gas",
    "There is a gas leak in the chemistry building": "gas",
    "I can smell gas near the dormitory entrance.": "gas",
    "Artık yaşamak istemiyorum, kimse beni anlamıyor.": "self_harm",
    "Bu gece kendimi öldüreceğim": "self_harm",
    "İntihar etmeyi düşünüyorum.": "self_harm",
    "Oda arkadaşım “kendime zarar vereceğim” diye yazmış.": "self_harm",
    "ÖLMEK İSTİYORUM": "self_harm",
    "I want to kill myself": "self_harm",
    "My friend says she does not want to live any more": "self_harm",
    "Kütüphanenin çatısında yangın çıktı!": "fire",
    "Elektrik panosundan duman çıkıyor": "fire",
    "3. katta alevler görünüyor": "fire",
    "Prizden yanık kokusu geliyor": "fire",
    "The waste bin is on fire": "fire",
    "Smoke is coming from the lift motor room": "fire",
    "Kantinde bir öğrenciyi bıçakladılar": "violence",
    "Beni ölümle tehdit ediyor": "violence",
    "Eski arkadaşım beni öldüreceğini söyledi": "violence",
    "Dün gece yurtta şiddete uğradım": "violence",
    "A man with a knife is in the canteen": "violence",
    "He said he will kill her after the exam": "violence",
    "Hocanın tacizi hakkında şikâyetim var": "harassment",
    "Servis şoförü beni sürekli taciz ediyor": "harassment",
    "Her akşam beni takip ediyor, korkuyorum": "harassment",
    "I was sexually harassed by a lecturer": "harassment",
    "Someone keeps stalking me: I am being stalked": "harassment",
    "Arkadaşımız kalp krizi geçiriyor": "medical",
    "Spor salonunda bir öğrenci bayıldı": "medical",
    "Asansörde mahsur kaldık": "medical",
    "Yemekten sonra yirmi kişi zehirlendi": "medical",
    "He collapsed and cannot breathe": "medical",
    "Please send an ambulance to the stadium": "medical",
}
MUST_NOT = """
Tezimde intihal oranı yüksek çıktı.
İntihal programı çalışmıyor.
Yurdun gaz faturası çok yüksek geldi.
Doğalgaz aboneliği için nereye başvurmalıyım?
Bana gaz verme, kararımı kendim veririm.
Gazete aboneliği yenilensin.
Gazi Üniversitesi ile değişim yapmak istiyorum.
Yangın tatbikatı sınav gününe denk geldi.
Yangın merdiveninin kapısı kilitli.
Yangın tüpünün tarihi geçmiş.
Yangın eğitimi ne zaman yapılacak?
Yangın alarmının pili bitmiş.
Binada yangın yok, alarm boşuna çalmış.
Gaz kaçağı yoktur, ölçüm yapıldı.
Duman çıkmadı, yanlış anlaşılma olmuş.
Yangın çıkarsa hangi kapıdan çıkacağız?
Gaz kaçağı olması halinde kimi aramalıyız?
İntihar etmeyi düşünmüyorum, yalnızca ders bırakmak istiyorum.
İntihar önleme semineri ne zaman?
Şiddet konulu panel iptal mi edildi?
Taciz hakkında farkındalık eğitimi açılsın.
Tacizi önleme yönergesi sitede bulunmuyor.
Kadına yönelik şiddetle mücadele komisyonuna üye olmak istiyorum.
Bu kararı şiddetle kınıyorum.
Bu hocayı şiddetle tavsiye ederim.
Şiddetli yağmurda yol göle dönüyor.
Rüzgârın şiddeti tabelayı devirdi.
Kampüse bayıldım!
Yemeklerine bayıldım, teşekkürler.
Lamba yanmıyor.
Kalorifer petekleri yanmıyor, üşüyoruz.
Sınav haftası bizi çok yordu.
Gülmekten öldük.
Sıcaktan öldük, klima açılsın.
Kitapta “yangın var” diyen çocuğun hikâyesi anlatılıyor mu bilmiyorum.
“Bomba” adlı oyunun bileti kalmadı.
“Kendimi öldüreceğim” adlı şarkıyı radyo çalmasın.
Kan bağışı çadırı nereye kurulacak?
Silahlı Kuvvetler bursu için belge lazım.
Bıçak ve çatal sayısı yemekhanede yetersiz.
Saldırgan köpekler için barınak yapılsın.
Şehirde saldırgan olmayan kediler var.
Zaman aşımına uğrayan başvurum için bilgi istiyorum.
Olumsuz cevap aldım, itiraz ediyorum.
Ölüm aylığı belgesi istiyorum.
Rektörlük beni muhatap almadı.
Beni mailing listesinden çıkarın.
Spam bombardımanından bıktık.
Mahsur değiliz, asansör düzeldi.
Hiç kimse bayılmadı.
Herhangi bir tehdit yok, yalnız şaka yapmışlar.
Taciz yok, kaba bir dil var.
Gas bill of the dormitory is too high.
The gas station on campus should open earlier.
The fire drill was during my exam.
The fire extinguisher has expired.
The fire escape is blocked by chairs.
There was no fire, the alarm was false.
What should we do in case of fire?
I am not suicidal, I only need advice about my courses.
When is the suicide prevention seminar?
The violence awareness course is full.
The deadline is killing the students.
I am dying to join this course.
No one was attacked, it was a rehearsal.
I never had a heart attack, but I want the first aid course.
The harassment policy is missing on your site.
"Fire in the hole" is a good film, please show it.
Please add a beaten path to the map.
The knife drawer in the canteen is empty.
My stalks of wheat for the lab project are gone.
Isıtma bozuk, ellerim dondu.
Derse geç kaldığım için yok yazıldım.
Takip ettiğim ders kapandı.
""".strip().splitlines()


def test_what_tells_of_danger_raises_its_alarm_and_the_rest_does_not(capsys: pytest.CaptureFixture[str]) -> None:
    missed = [(text, danger, alarms(text)) for text, danger in MUST.items() if danger not in alarms(text)]
    wrong = [(text, alarms(text)) for text in MUST_NOT if alarms(text)]
    told = f"{len(MUST) - len(missed)} of {len(MUST)} hits, {len(wrong)} of {len(MUST_NOT)} wrong"
    with capsys.disabled():
        sys.stdout.write("\n".join(["", f"alarms: {told}", *map(str, [*missed, *wrong]), ""]))
    assert (len(MUST) >= 30, len(MUST_NOT) >= 60) == (True, True)
    assert (missed, wrong) == ([], [])


def test_capitals_dots_and_lines_do_not_hide_a_danger() -> None:
    assert alarms("YURTTA\nGAZ KAÇAĞI\nVAR") == alarms("gaz kacagi") == ("gas",)
    assert alarms("", "x" * 10_000) == ()
    assert alarms("Gaz kaçağı var. Yangın çıktı.") == ("fire", "gas")


def test_among_98_messages_the_two_about_life_stand_first() -> None:
    texts = [MUST_NOT[number % len(MUST_NOT)] for number in range(96)]
    texts[40:40] = ["Yurdun bodrumunda gaz kaçağı var.", "Artık yaşamak istemiyorum."]
    cases = [open_case(example.message_submitted(text=text, subject="Konu"))[0] for text in texts]
    first = sorted(cases, key=lambda case: (rank(case), case.submitted_at))
    assert len(cases) == 98
    assert {case.alarms for case in first[:2]} == {("gas",), ("self_harm",)}
    assert [case.urgency for case in first[:3]] == [Priority.URGENT, Priority.URGENT, Priority.NORMAL]


def test_the_subject_counts_and_an_officer_has_the_last_word() -> None:
    case, _ = open_case(example.message_submitted(subject="Gaz kaçağı", text="Lütfen bakınız."))
    assert case.alarms == ("gas",)
    assert case.model_copy(update={"priority": Priority.LOW}).urgency == Priority.LOW


def test_what_the_submitter_writes_later_counts_too_and_nothing_is_forgotten() -> None:
    case, _ = open_case(example.message_submitted(text="Gaz kaçağı var."))
    told = {"message_id": case.id, "follow_up_id": "f", "followed_up_at": example.NOW}
    later = follow_up(case, MessageFollowedUp.model_validate(told | {"text": "Şimdi de duman çıkıyor."}))
    assert later.alarms == ("fire", "gas")
    assert follow_up(later, MessageFollowedUp.model_validate(told | {"text": "Teşekkürler."})).alarms == ("fire", "gas")
