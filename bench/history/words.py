"""What people of a university write to its hotline, and what its units answer."""

from dataclasses import dataclass
from pathlib import Path

from scripts.local.seeds import UNITS
from services.router.directory.domain import units_from_csv
from shared.state import UnitRef


@dataclass(frozen=True)
class Topic:
    """What a message is about, who is asked, and what they answer."""

    kind: str
    unit: str
    subject: str
    text: str
    reply: str


TOPICS = (
    Topic(
        "complaint",
        "kddb",
        "Kütüphanede ısıtma çalışmıyor",
        "Merkez kütüphanenin ikinci katında iki gündür ısıtma çalışmıyor. Salon çok soğuk olduğu için çalışamıyoruz.",
        "Isıtma sistemindeki arıza giderilmiş, ikinci kattaki bütün petekler kontrol edilmiştir. Bilginize sunarız.",
    ),
    Topic(
        "request",
        "oidb",
        "Transkript belgesinin İngilizce düzenlenmesi",
        "Yurt dışı başvurum için İngilizce transkripte ihtiyacım var. Sistemde yalnızca Türkçe belge görünüyor.",
        "İngilizce transkript, öğrenci bilgi sisteminde belge talebi bölümünden alınabilir; imzalı belgeniz hazırdır.",
    ),
    Topic(
        "suggestion",
        "sksdb",
        "Yemekhanede bitkisel menü",
        "Yemekhanede haftada en az iki gün etsiz bir ana yemek bulunması pek çok öğrencinin işini kolaylaştırır.",
        "Öneriniz beslenme kurulunda görüşülmüş, salı ve perşembe günleri bitkisel menü uygulamasına geçilmiştir.",
    ),
    Topic(
        "compliment",
        "byhi",
        "Tanıtım günleri için teşekkür",
        "Tanıtım günlerinde bizimle ilgilenen görevlilere teşekkür ederiz. Bölümü ve yerleşkeyi yakından tanıdık.",
        "Güzel sözleriniz için teşekkür ederiz; iletiniz tanıtım günlerinde görev alan arkadaşlarımıza aktarılmıştır.",
    ),
    Topic(
        "complaint",
        "bidb",
        "Derslikte kablosuz ağ kopuyor",
        "B blok 204 numaralı derslikte kablosuz ağ sürekli kopuyor, çevrim içi sınavlara girmek mümkün olmuyor.",
        "Derslikteki erişim noktası yenilenmiş ve yük dağılımı düzeltilmiştir. Sürerse lütfen bildiriniz.",
    ),
    Topic(
        "complaint",
        "yitdb",
        "Asansör üç haftadır arızalı",
        "Fakülte binasındaki asansör üç haftadır çalışmıyor. Tekerlekli sandalyeli arkadaşımız üst kata çıkamıyor.",
        "Asansörün arızalı kartı değiştirilmiş, periyodik muayenesi yapılarak yeniden kullanıma açılmıştır.",
    ),
    Topic(
        "request",
        "muhendislik",
        "Staj başvuru tarihinin uzatılması",
        "Kurumdan gelecek belge geciktiği için staj başvurumu süresinde tamamlayamayacağım. Ek süre rica ederim.",
        "Fakültemiz yönetim kurulu staj başvurularını bir hafta uzatmıştır. Belgenizi bu sürede teslim edebilirsiniz.",
    ),
    Topic(
        "other",
        "imidb",
        "Kampüs içi servis saatleri",
        "Akşam derslerinden sonra merkeze dönecek servis bulunmuyor. Ders programına göre düzenlenebilir mi?",
        "Hafta içi saat 21.40 için ek bir sefer konulmuştur. Güncel saatler sitemizde yayımlanmaktadır.",
    ),
)
MORE = (
    "Konuyu daha önce birimin sekreterliğine sözlü olarak da ilettim, ancak bir sonuç alamadım.",
    "Aynı durumu yaşayan başka arkadaşlarım da var; istenirse adlarını bildirebilirim.",
    "Durum en son geçen hafta salı günü öğleden sonra tekrarlandı.",
    "Mümkünse yapılacak işlem ve tarihi hakkında bilgi verilmesini rica ederim.",
    "Gerekirse telefonla da bilgi verebilirim; mesai saatleri içinde ulaşılabilir durumdayım.",
    "Konunun kısa sürede çözülmesi hepimiz için önemli. İlginiz için şimdiden teşekkür ederim.",
)
ASSURANCES = (
    "Yapılan işlem birimimizce kayda alınmıştır ve önümüzdeki dönemde düzenli olarak izlenecektir.",
    "Benzer bir durumla karşılaşmanız hâlinde birimimize doğrudan da başvurabilirsiniz.",
    "Göstermiş olduğunuz duyarlılık için teşekkür ederiz.",
)
NOTE = "Lütfen inceleyip süresi içinde cevaplayınız."
NOT_OURS = "Bu konu birimimizin görev alanına girmemektedir."
EXPLANATION = "Başvurunuz üniversitemizin görev alanına girmediğinden ilgili kuruma yapılması gerekmektedir."
FIRST_NAMES = ("Deniz", "Elif", "Mert", "Zeynep", "Kerem", "Ayşe", "Burak", "Gül", "Umut", "Şeyma", "Çağrı", "İrem")
LAST_NAMES = ("Kaya", "Yıldız", "Öztürk", "Aydın", "Şahin", "Çelik", "Arslan", "Doğan", "Kılıç", "Güneş", "Işık")
SECRETARIES = ("Fatma Şahin", "Hasan Koç", "Nuray Ünal", "İsmail Tekin", "Sevgi Özkan")
OFFICERS = ("Ayşe Yılmaz", "Mehmet Demir", "Selin Acar")


def directory() -> dict[str, UnitRef]:
    """The units of the demo, by their codes."""
    return {unit.id: unit.address for unit in units_from_csv(Path(UNITS).read_text(encoding="utf-8"))}
