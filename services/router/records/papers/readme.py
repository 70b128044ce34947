"""README.txt: what a bundle is, for whoever receives it, in Turkish and English."""

from collections.abc import Sequence

TURKISH = """\
{institution}
7/24 hat başvuru dosyası: {references}

Bu arşiv, yukarıdaki başvuruya ilişkin kayıtların tamamını {made_at} (UTC) tarihindeki hâliyle içerir.

case.pdf         Dosyanın tamamı, okumak ve yazdırmak için
case.json        Aynı bilgiler, bilgisayar programları için
files/           Başvuru sahibinin ve birimlerin gönderdiği dosyalar
letters/         Gönderilen e-postalar (gizli bağlantılar ve kodlar çıkarılmıştır)
mails/           Gelen e-postalar
record.jsonl     Bu dosyaya ait denetim kayıtları; her kayıt bir öncekine özetiyle bağlıdır
manifest.json    Bütün dosyaların SHA-256 özetleri ve denetim kayıtlarının bağları
manifest.sig     manifest.json üzerindeki elektronik imza (Ed25519)

ASLI İLE AYNI MI?
Arşivi açıp yeniden sıkıştırmadan, indirdiğiniz hâliyle saklayınız. Denetlemek için verify_bundle.py programı yeterlidir
(Python 3.9 veya üstü; internet bağlantısı gerekmez):

    python3 verify_bundle.py BU-ARSIV.zip --key ANAHTAR

ANAHTAR kurumun açık anahtarıdır. Anahtarı bu arşivden değil, kurumun kendisinden alınız: {keys_url}
{missing}
Bu arşiv kişisel veri içerir (6698 sayılı Kanun). Yalnızca yetkili kişilerle paylaşınız.
"""
ENGLISH = """\
{institution}
File of the hotline's case: {references}

This archive has all that is on record about the case above, as it was at {made_at} (UTC).

case.pdf         all of the file, to be read and printed
case.json        the same for programs
files/           what the submitter and the units have sent
letters/         e-mails that were sent (without secret links and codes)
mails/           e-mails that came in
record.jsonl     the entries of the audit log about this case; each has the digest of the one before it
manifest.json    SHA-256 of every file, and the links of the entries
manifest.sig     the electronic signature of manifest.json (Ed25519)

IS IT GENUINE?
Keep the archive as you have downloaded it; do not unpack it and pack it again. The program verify_bundle.py suffices to
check it (Python 3.9 or newer, no connection needed):

    python3 verify_bundle.py THIS-ARCHIVE.zip --key KEY

KEY is the public key of the institution. Take it from the institution, never from this archive: {keys_url}
{missing}
This archive contains personal data. Please share it with nobody who may not have them.
"""
MISSING_TR = "\nŞu dosyalar arşiv hazırlanırken alınamamıştır: {names}\n"
MISSING_EN = "\nThese files could not be had when the archive was made: {names}\n"


def readme(
    *, institution: str, references: Sequence[str], made_at: str, keys_url: str, missing: Sequence[str]
) -> bytes:
    """The text, with the line ends that every program for text knows."""
    names = ", ".join(missing)
    told = {"institution": institution, "references": ", ".join(references), "made_at": made_at, "keys_url": keys_url}
    turkish = TURKISH.format(**told, missing=MISSING_TR.format(names=names) if missing else "")
    english = ENGLISH.format(**told, missing=MISSING_EN.format(names=names) if missing else "")
    return f"{turkish}\n{'-' * 100}\n\n{english}".replace("\n", "\r\n").encode("utf-8", "replace")
