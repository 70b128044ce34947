"""The words that come with the product, by letter and language."""

from collections.abc import Iterable, Mapping
from contextlib import suppress

from shared.institution import LetterWording
from shared.letters.words import BadWords, LetterKind, Words, check

LANGUAGES = ("tr", "en")

_TR: Mapping[str, tuple[str, str]] = {
    "receipt": (
        "Başvurunuz alınmıştır [{reference}]",
        "{greeting}\n\n"
        "Başvurunuz alınmıştır. İlgili birime yönlendirilecek ve cevabı size gönderilecektir.\n\n"
        "{details}\n\n{status_page}\n\n"
        "Acil durumlarda lütfen 112'yi arayınız. Bu hat acil yardım hizmetlerinin yerine geçmez.\n\n"
        "Lütfen takip kodunu kimseyle paylaşmayınız. Kodu bilen herkes başvurunuzu ve cevabını okuyabilir.",
    ),
    "answer": (
        "Başvurunuzun cevabı [{reference}] {subject}",
        "{greeting}\n\n"
        "{date} tarihli ve {reference} numaralı başvurunuz aşağıdaki şekilde cevaplandırılmıştır:\n\n"
        "{answer}\n\n"
        "Cevabı başvuru takip sayfasında da okuyabilirsiniz:\n\n"
        "{status_page}\n\n{rating}\n\n{objection}\n\n{message}",
    ),
    "answer_undated": (
        "Başvurunuzun cevabı [{reference}] {subject}",
        "{greeting}\n\n"
        "{reference} numaralı başvurunuz aşağıdaki şekilde cevaplanmıştır:\n\n"
        "{answer}\n\n"
        "Cevabı başvuru takip sayfasında da okuyabilirsiniz:\n\n"
        "{status_page}\n\n{rating}\n\n{objection}\n\n{message}",
    ),
    "interim": (
        "Başvurunuzla ilgili ara bilgilendirme [{reference}] {subject}",
        "{greeting}\n\n"
        "{reference} numaralı başvurunuzla ilgili olarak şu aşamada aşağıdaki bilgi verilmektedir:\n\n"
        "{interim_answer}\n\n"
        "Başvurunuzla ilgili çalışma sürmektedir. Nihai cevap hazır olduğunda size ayrıca bildirilecektir.\n\n"
        "Başvurunuzu başvuru takip sayfasından izleyebilirsiniz:\n\n"
        "{status_page}",
    ),
    "question": (
        "Başvurunuzla ilgili bilginize ihtiyaç duyulmaktadır [{reference}]",
        "{greeting}\n\n"
        "{reference} numaralı başvurunuzun incelenebilmesi için aşağıdaki hususta bilgi vermeniz rica olunur:\n\n"
        "{question}\n\n"
        "Lütfen cevabınızı başvuru takip sayfasında yazınız. Bu yolla yazdığınız cevap, hat görevlisine e-postadan "
        "daha çabuk ulaşır.\n\n"
        "{status_page}",
    ),
    "closure": (
        "Başvurunuz sonuçlandırılmıştır [{reference}]",
        "{greeting}\n\n"
        "{reference} numaralı başvurunuz aşağıdaki gerekçeyle sonuçlandırılmıştır:\n\n"
        "{explanation}\n\n{status_page}",
    ),
    "rerouting": (
        "Başvurunuz ilgili birime iletilmiştir [{reference}]",
        "{greeting}\n\n"
        "{reference} numaralı başvurunuz, konusu itibarıyla görevli olan aşağıdaki birime iletilmiştir:\n\n"
        "{details}\n\n"
        "Bu bilgilendirme, 3071 sayılı Dilekçe Hakkının Kullanılmasına Dair Kanun'un 5'inci maddesi gereğince "
        "yapılmıştır. Herhangi bir işlem yapmanıza gerek yoktur.\n\n"
        "{status_page}",
    ),
    "codes": (
        "Takip kodlarınız",
        "{greeting}\n\n"
        "Sayfamızda bu e-posta adresine ait takip kodları istenmiştir. Adresinizle yapılan başvurular aşağıdadır:\n\n"
        "{codes}\n\n"
        "Lütfen takip kodlarını kimseyle paylaşmayınız. Kodu bilen herkes başvuruyu ve cevabını okuyabilir.\n\n"
        "Bu istek sizin tarafınızdan yapılmadıysa herhangi bir işlem yapmanıza gerek yoktur. Kodlar sizden başka "
        "kimseye gönderilmemiştir.",
    ),
    "invitation": (
        "Biriminize yönlendirilen başvuru – cevap bekleniyor [{reference}] {subject}",
        "İlgili birim: {unit}\n\n"
        "Aşağıda bilgileri verilen başvuru biriminize yönlendirilmiştir. Lütfen bağlantıyı açarak başvuruyu okuyunuz "
        "ve cevabınızı yazınız. Parola gerekmez.\n\n"
        "{details}\n\n{note}\n\n{link}\n\n"
        "Bu bağlantı yalnızca biriminiz içindir. Lütfen biriminiz dışında kimseyle paylaşmayınız.",
    ),
    "invitation_information": (
        "Bilgi için yönlendirilen başvuru [{reference}] {subject}",
        "İlgili birim: {unit}\n\n"
        "Aşağıda bilgileri verilen başvuru, bilginize sunulmak üzere biriminize yönlendirilmiştir. Başvuruyu "
        "bağlantıyı açarak okuyabilirsiniz. Cevap vermeniz gerekmez.\n\n"
        "{details}\n\n{note}\n\n{link}\n\n"
        "Bu bağlantı yalnızca biriminiz içindir. Lütfen biriminiz dışında kimseyle paylaşmayınız.",
    ),
    "return": (
        "Cevabınız düzeltilmek üzere iade edilmiştir [{reference}] {subject}",
        "İlgili birim: {unit}\n\n"
        "Cevabınız kontrol edilmiş ve aşağıdaki gerekçeyle düzeltilmesi istenmiştir:\n\n"
        "{reason}\n\n{details}\n\n{link}",
    ),
    "recall": (
        "Cevabınıza gerek kalmamıştır: {invited}",
        "Aşağıda belirtilen başvuru için biriminizden artık cevap beklenmemektedir. Herhangi bir işlem yapmanıza gerek "
        "yoktur.\n\n"
        "{details}\n\n{reason}",
    ),
    "notice": (
        "Yeni başvuru [{reference}] {subject}",
        "Yeni bir başvuru alınmıştır, yönlendirilmeyi beklemektedir.\n\n{details}\n\n{case_page}",
    ),
    "arrival": (
        "Birim cevabı geldi [{reference}] {unit}",
        "Birim cevabı kontrolünüzü beklemektedir.\n\n{details}\n\n{case_page}",
    ),
    "decline": (
        "Bir birim başvuruyu iade etti [{reference}] {unit}",
        "Birim, başvurunun kendi görev alanına girmediğini bildirmiştir. Başvurunun yeniden yönlendirilmesi "
        "gerekmektedir.\n\n"
        "{details}\n\n{reason}\n\n{case_page}",
    ),
    "follow_up": (
        "Başvuru sahibi ek bilgi gönderdi [{reference}]",
        "Eklenen bilgi başvuru dosyasındadır.\n\n{details}\n\n{case_page}",
    ),
    "question_answered": (
        "Başvuru sahibi sorunuzu cevapladı [{reference}]",
        "Cevap başvuru dosyasındadır. Başvuruyla ilgili işlemlere devam edebilirsiniz.\n\n{details}\n\n{case_page}",
    ),
    "objection": (
        "Başvuru sahibi cevaba itiraz etti [{reference}]",
        "Hat yöneticisinin dikkatine: İtirazı hat yöneticisi değerlendirir. İtirazın gerekçesi başvuru "
        "dosyasındadır.\n\n"
        "{details}\n\n{case_page}",
    ),
    "withdrawal": (
        "Başvuru sahibi başvurusunu geri çekti [{reference}]",
        "Dosya kendiliğinden kapatılır, cevap beklenen birimlere bilgi verilir. Herhangi bir işlem yapmanıza gerek "
        "yoktur.\n\n"
        "{details}\n\n{case_page}",
    ),
    "failure": (
        "Bir e-posta iletilemedi: {recipient}",
        "E-posta sunucusu bu iletiyi kalıcı olarak reddetmiştir. Lütfen adresi kontrol ediniz; gerekirse kişiye başka "
        "bir yoldan ulaşınız.\n\n"
        "{details}\n\n{case_page}",
    ),
}
_EN: Mapping[str, tuple[str, str]] = {
    "receipt": (
        "Your message has been received [{reference}]",
        "{greeting}\n\n"
        "Your message to the hotline has been received. It will be routed to the unit responsible, and we will send "
        "you the answer.\n\n"
        "{details}\n\n{status_page}\n\n"
        "In an emergency, please call 112. The hotline does not replace the emergency services.\n\n"
        "Please keep the tracking code to yourself: whoever knows it can read your message and the answer.",
    ),
    "answer": (
        "The answer to your message [{reference}] {subject}",
        "{greeting}\n\n"
        "Your message of {date} with the reference number {reference} has been answered as follows:\n\n"
        "{answer}\n\n"
        "You can also read the answer on the status page:\n\n"
        "{status_page}\n\n{rating}\n\n{objection}\n\n{message}",
    ),
    "answer_undated": (
        "The answer to your message [{reference}] {subject}",
        "{greeting}\n\n"
        "Your message with the reference number {reference} has been answered as follows:\n\n"
        "{answer}\n\n"
        "You can also read the answer on the status page:\n\n"
        "{status_page}\n\n{rating}\n\n{objection}\n\n{message}",
    ),
    "interim": (
        "Interim answer to your message [{reference}] {subject}",
        "{greeting}\n\n"
        "About your message with the reference number {reference} we can tell you the following so far:\n\n"
        "{interim_answer}\n\n"
        "Your message is still being dealt with. You will get the final answer as soon as it is ready.\n\n"
        "You can follow it on the status page:\n\n"
        "{status_page}",
    ),
    "question": (
        "We have a question about your message [{reference}]",
        "{greeting}\n\n"
        "We need the following from you to go on with your message with the reference number {reference}:\n\n"
        "{question}\n\n"
        "Please answer on the status page. It comes sooner to the officer than an e-mail.\n\n"
        "{status_page}",
    ),
    "closure": (
        "Your message was closed [{reference}]",
        "{greeting}\n\n"
        "Your message with the reference number {reference} was closed, for this reason:\n\n"
        "{explanation}\n\n{status_page}",
    ),
    "rerouting": (
        "Your message went to another unit [{reference}]",
        "{greeting}\n\n"
        "Your message with the reference number {reference} has been passed to the unit that is responsible for its "
        "subject:\n\n"
        "{details}\n\n"
        "You need not do anything. This is to inform you under article 5 of Law No. 3071.\n\n"
        "{status_page}",
    ),
    "codes": (
        "Your tracking codes",
        "{greeting}\n\n"
        "Somebody asked on our page for the tracking codes that belong to this address. These are the messages:\n\n"
        "{codes}\n\n"
        "Please keep the tracking codes to yourself: whoever knows one can read the message and the answer.\n\n"
        "If it was not you who asked, you need not do anything: the codes went to nobody else.",
    ),
    "invitation": (
        "A message awaits your reply [{reference}] {subject}",
        "To: {unit}\n\n"
        "The message named below concerns your unit. Please read it and write your reply on the page behind the link. "
        "You need no password.\n\n"
        "{details}\n\n{note}\n\n{link}\n\n"
        "The link is meant for your unit alone. Please do not pass it on outside your unit.",
    ),
    "invitation_information": (
        "A message for your information [{reference}] {subject}",
        "To: {unit}\n\n"
        "The message named below concerns your unit. You can read it on the page behind the link. A reply is not "
        "required.\n\n"
        "{details}\n\n{note}\n\n{link}\n\n"
        "The link is meant for your unit alone. Please do not pass it on outside your unit.",
    ),
    "return": (
        "Please revise your reply [{reference}] {subject}",
        "To: {unit}\n\n"
        "The hotline has checked your reply and asks you to revise it, for this reason:\n\n"
        "{reason}\n\n{details}\n\n{link}",
    ),
    "recall": (
        "You need not reply any more: {invited}",
        "The hotline no longer asks your unit about the message named below. You need not do anything.\n\n"
        "{details}\n\n{reason}",
    ),
    "notice": (
        "New message [{reference}] {subject}",
        "A new message is on the desk and waits to be routed.\n\n{details}\n\n{case_page}",
    ),
    "arrival": (
        "A unit has replied [{reference}] {unit}",
        "The reply waits for your check.\n\n{details}\n\n{case_page}",
    ),
    "decline": (
        "A unit has handed a message back [{reference}] {unit}",
        "The unit says that it is not responsible. The case has to be routed again.\n\n"
        "{details}\n\n{reason}\n\n{case_page}",
    ),
    "follow_up": (
        "The submitter has written again [{reference}]",
        "What was added stands in the case.\n\n{details}\n\n{case_page}",
    ),
    "question_answered": (
        "The submitter has answered your question [{reference}]",
        "The answer stands in the case, which can go on now.\n\n{details}\n\n{case_page}",
    ),
    "objection": (
        "The submitter objects to the answer [{reference}]",
        "This is for the supervisor, who decides about the objection. The reason stands in the case.\n\n"
        "{details}\n\n{case_page}",
    ),
    "withdrawal": (
        "The submitter has withdrawn the message [{reference}]",
        "The case is closed by itself, and units that were still asked are told. You need not do anything.\n\n"
        "{details}\n\n{case_page}",
    ),
    "failure": (
        "An e-mail could not be delivered: {recipient}",
        "The mail server refused this e-mail for good. Please check the address, and reach the person in another way "
        "if necessary.\n\n"
        "{details}\n\n{case_page}",
    ),
}

OURS: Mapping[tuple[str, str], Words] = {
    (letter, language): Words(subject=subject, text=text)
    for language, known in (("tr", _TR), ("en", _EN))
    for letter, (subject, text) in known.items()
}
"""By letter and language."""


def words_of(kind: LetterKind, language: str, wordings: Iterable[LetterWording]) -> Words:
    """The institution's own words for a letter; ours where it has none, or none that make a letter."""
    for wording in wordings:
        if (wording.template, wording.language) == (kind.id, language):
            with suppress(BadWords):
                check(kind, wording.subject, wording.text)
                return Words(subject=wording.subject, text=wording.text, version=wording.version)
    return OURS[kind.id, language]
