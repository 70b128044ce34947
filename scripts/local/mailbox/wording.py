"""The mailbox's few words, in Turkish and in English."""

TURKISH = {
    "lang": "tr",
    "title": "Yerel posta kutusu",
    "about": "Bu makineden gönderilen mektuplar burada toplanır; hiçbiri dışarı gitmez.",
    "to": "Alıcı",
    "from": "Gönderen",
    "subject": "Konu",
    "search": "Ara",
    "received": "Geliş",
    "none": "Mektup yok.",
    "no_subject": "(konusuz)",
    "back": "Bütün mektuplar",
    "text": "Metin",
    "html": "HTML",
    "headers": "Başlıklar",
    "attachments": "Ekler",
    "raw": "Ham mektup (.eml)",
    "empty_part": "Bu mektupta böyle bir bölüm yok.",
}
ENGLISH = {
    "lang": "en",
    "title": "Local mailbox",
    "about": "Letters sent from this machine end here; none of them goes out.",
    "to": "To",
    "from": "From",
    "subject": "Subject",
    "search": "Search",
    "received": "Received",
    "none": "No letters.",
    "no_subject": "(no subject)",
    "back": "All letters",
    "text": "Text",
    "html": "HTML",
    "headers": "Headers",
    "attachments": "Attachments",
    "raw": "Raw letter (.eml)",
    "empty_part": "This letter has no such part.",
}


def wording(accept_language: str) -> dict[str, str]:
    """English for a browser that asks for it first, Turkish for all others."""
    return ENGLISH if accept_language.strip().lower().startswith("en") else TURKISH
