"""The templates that are there before anybody writes one. A stored template with the same id takes its place."""

from functools import cache

from services.router.texts.domain.templates import Template, Use, make


@cache  # the same for every application in a process
def defaults() -> tuple[Template, ...]:
    """The templates in the order in which they are offered."""
    return tuple(
        make(template_id, use, {"tr": name_tr, "en": name_en}, {"tr": text_tr, "en": text_en}, kind=kind)
        for template_id, use, kind, name_tr, name_en, text_tr, text_en in _WORDED
    )


_WORDED: tuple[tuple[str, Use, str | None, str, str, str, str], ...] = (
    (
        *("note.reply", Use.NOTE, None, "Cevap isteği", "Request for a reply"),
        "{reference} numaralı başvurunun incelenerek sonucunun {days} iş günü içinde bildirilmesini rica ederiz.",
        "Please examine the message {reference} and tell us the result within {days} working days.",
    ),
    (
        *("note.part", Use.NOTE, None, "Birden fazla birim", "Several units"),
        "Başvuru birden fazla birimi ilgilendirmektedir. Yalnızca biriminizin görev alanına giren hususların "
        "cevaplandırılmasını rica ederiz.",
        "The message concerns several units. Please answer what your unit is responsible for.",
    ),
    (
        *("note.compliment", Use.NOTE, "compliment", "Teşekkür iletimi", "A compliment"),
        "Biriminizle ilgili teşekkür mesajı bilgilerinize sunulmuştur. Cevap verilmesi gerekmemektedir.",
        "We pass a compliment on to you. You need not reply.",
    ),
    (
        *("return.incomplete", Use.RETURN, None, "Eksik cevap", "Incomplete reply"),
        "Cevabınızda, başvuruda sorulan hususların tamamına yer verilmemiştir. Lütfen eksik kalan hususları "
        "tamamlayınız.",
        "Your reply does not cover all that was asked. Please add what is missing.",
    ),
    (
        *("return.when", Use.RETURN, None, "Tarih belirtilmemiş", "No date"),
        "Lütfen yapılacak işlemin hangi tarihe kadar tamamlanacağını belirtiniz.",
        "Please say by when this will be done.",
    ),
    (
        *("return.wording", Use.RETURN, None, "Anlaşılır dil", "Plain words"),
        "Cevabınız başvuru sahibine iletilecektir. Lütfen kısaltma ve mevzuat numaraları yerine herkesin "
        "anlayabileceği bir dil kullanınız.",
        "Your reply goes to the person who wrote. Please use words that everybody understands.",
    ),
    (
        *("question.where", Use.QUESTION, None, "Yer ve zaman", "Place and time"),
        "Bildirdiğiniz durum hangi yerleşkede, hangi binada ve ne zaman yaşandı?",
        "On which campus, in which building and when did this happen?",
    ),
    (
        *("question.details", Use.QUESTION, None, "Ayrıntı", "Details"),
        "Başvurunuzun değerlendirilebilmesi için lütfen durumu biraz daha ayrıntılı anlatınız; varsa fotoğraf veya "
        "belge ekleyiniz.",
        "Please describe it in more detail, and add a photograph or a document if you have one.",
    ),
    (
        *("answer.done", Use.ANSWER, None, "Sorun giderildi", "It was solved"),
        "{submitted_on} tarihli başvurunuz incelenmiş ve bildirdiğiniz sorun giderilmiştir. Bilgilerinize sunarız.",
        "Your message of {submitted_on} was examined, and the problem was solved.",
    ),
    (
        *("answer.suggestion", Use.ANSWER, "suggestion", "Öneri değerlendirilecek", "A suggestion is considered"),
        "Öneriniz için teşekkür ederiz. Öneriniz ilgili birime iletilmiş olup planlamalarda değerlendirilecektir.",
        "Thank you for your suggestion. The unit responsible will consider it in its plans.",
    ),
    (
        *("answer.compliment", Use.ANSWER, "compliment", "Teşekküre karşılık", "Thanks for a compliment"),
        "Nazik mesajınız için teşekkür ederiz. Mesajınız ilgili birime iletilmiştir.",
        "Thank you for your kind words. We have passed them on.",
    ),
    (
        *("closing.elsewhere", Use.CLOSING, None, "Başka kurumun görevi", "Another institution"),
        "Başvurunuzda belirtilen konu kurumumuzun görev alanına girmemektedir. Konuyla ilgili olarak yetkili kuruma "
        "başvurabilirsiniz.",
        "Your message concerns a matter for which another institution is responsible. Please write to it.",
    ),
    (
        *("closing.unreached", Use.CLOSING, None, "Bilgi alınamadı", "No answer came"),
        "İstenen ek bilgi tarafımıza ulaşmadığı için başvurunuz sonuçlandırılmıştır. Dilediğiniz zaman yeniden "
        "başvurabilirsiniz.",
        "We closed your message because the information that we asked for did not arrive. You can write again at "
        "any time.",
    ),
)
