"""The words in Turkish: subject and text of each letter."""

from collections.abc import Mapping

WORDS: Mapping[str, tuple[str, str]] = {
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
        "Lütfen cevabınızı başvuru takip sayfasında yazınız.\n\n{by_mail}\n\n{status_page}",
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
        "{reason}\n\n{details}\n\n{link}\n\n"
        "Bu bağlantı yalnızca biriminiz içindir. Lütfen biriminiz dışında kimseyle paylaşmayınız.",
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
        "Bu e-posta alıcısına ulaştırılamamıştır. Lütfen adresi kontrol ediniz. E-postayı Hat sisteminden yeniden "
        "gönderebilir veya alıcıya başka bir yoldan ulaşabilirsiniz.\n\n"
        "{details}\n\n{case_page}",
    ),
    "promise": (
        "Oldu mu? Başvurunuzla ilgili sorumuz [{reference}]",
        "{greeting}\n\n"
        "{reference} numaralı başvurunuzla ilgili olarak gereğinin {date} tarihine kadar yapılacağı size "
        "bildirilmişti.\n\n"
        "{promise}\n\n"
        "Gereği yapıldı mı?\n\n"
        "{choices}\n\n"
        "Cevabınızı açılan sayfada onaylamanız istenir. Yapılmadığını bildirirseniz başvurunuz yeniden ele alınır.",
    ),
    "new_link": (
        "İstenen yeni bağlantı [{reference}] {subject}",
        "İlgili birim: {unit}\n\n"
        "Aşağıda bilgileri verilen başvuru için yeni bir bağlantı istenmiştir. Başvuruyu bu bağlantıyla "
        "açabilirsiniz. Parola gerekmez.\n\n"
        "{details}\n\n{link}\n\n"
        "Bu istek biriminiz tarafından yapılmadıysa herhangi bir işlem yapmanıza gerek yoktur. Bağlantı yalnızca bu "
        "adrese gönderilmiştir.\n\n"
        "Bu bağlantı yalnızca biriminiz içindir. Lütfen biriminiz dışında kimseyle paylaşmayınız.",
    ),
    "news": (
        "Biriminizdeki başvuruyla ilgili yeni bilgi [{reference}] {subject}",
        "İlgili birim: {unit}\n\n"
        "Biriminize yönlendirilen başvuruyla ilgili aşağıdaki yeni bilgi gelmiştir:\n\n"
        "{news}\n\n{details}\n\n{link}\n\n"
        "Bu bağlantı yalnızca biriminiz içindir. Lütfen biriminiz dışında kimseyle paylaşmayınız.",
    ),
    "colleague": (
        "Size iletilen başvuru – cevabınız bekleniyor [{reference}] {subject}",
        "{greeting}\n\n"
        "{by}, aşağıda bilgileri verilen başvuruyu size iletmiştir. Lütfen bağlantıyı açarak başvuruyu okuyunuz ve "
        "cevabınızı yazınız. Parola gerekmez.\n\n"
        "{details}\n\n{note}\n\n{link}\n\n"
        "Bu bağlantı yalnızca sizin içindir. Lütfen kimseyle paylaşmayınız.",
    ),
    "overview": (
        "Biriminizin cevap bekleyen başvuruları",
        "İlgili birim: {unit}\n\n"
        "Biriminizin cevap bekleyen bütün başvurularını gösteren sayfanın bağlantısı istenmiştir. Bağlantı {until} "
        "tarihine kadar geçerlidir. Parola gerekmez.\n\n"
        "{link}\n\n"
        "Bu istek biriminiz tarafından yapılmadıysa herhangi bir işlem yapmanıza gerek yoktur. Bağlantı yalnızca bu "
        "adrese gönderilmiştir.\n\n"
        "Bu bağlantı yalnızca biriminiz içindir. Lütfen biriminiz dışında kimseyle paylaşmayınız.",
    ),
    "extension": (
        "Cevabınız için ek süre verilmiştir [{reference}]",
        "İlgili birim: {unit}\n\n"
        "Ek süre isteğiniz kabul edilmiştir. Cevabınızı ilk e-postadaki bağlantıdan açılan sayfada yazabilirsiniz.\n\n"
        "{details}",
    ),
    "extension_refused": (
        "Cevabınız için ek süre verilmemiştir [{reference}]",
        "İlgili birim: {unit}\n\nEk süre isteğiniz aşağıdaki gerekçeyle kabul edilememiştir:\n\n{reason}\n\n{details}",
    ),
    "reminder": (
        "Hatırlatma: Süresi dolan birim cevapları ({count}) [{reference}] {subject}",
        "İlgili birim: {unit}\n\n"
        "Biriminizin aşağıdaki başvurulara cevap vermesi beklenmektedir. Lütfen her başvuruyu kendi bağlantısından "
        "açarak cevabınızı yazınız. Parola gerekmez.\n\n"
        "{assignments}\n\n"
        "Biriminizi ilgilendirmeyen bir başvuruyu aynı sayfadan iade edebilirsiniz.\n\n"
        "Bağlantılar yalnızca biriminiz içindir. Lütfen biriminiz dışında kimseyle paylaşmayınız.",
    ),
    "reminder_soon": (
        "Hatırlatma: Son günü yaklaşan birim cevapları ({count}) [{reference}] {subject}",
        "İlgili birim: {unit}\n\n"
        "Biriminizin aşağıdaki başvurulara cevap vermesi beklenmektedir. Lütfen her başvuruyu kendi bağlantısından "
        "açarak cevabınızı yazınız. Parola gerekmez.\n\n"
        "{assignments}\n\n"
        "Biriminizi ilgilendirmeyen bir başvuruyu aynı sayfadan iade edebilirsiniz.\n\n"
        "Bağlantılar yalnızca biriminiz içindir. Lütfen biriminiz dışında kimseyle paylaşmayınız.",
    ),
    "reminder_head": (
        "Biriminizde cevap süresi dolan başvurular ({count}) [{reference}] {subject}",
        "Birim amirinin dikkatine: {unit}\n\n"
        "Aşağıdaki başvuruların cevap süresi dolmuş, biriminizden henüz cevap alınamamıştır. Birim sorumlusuna "
        "hatırlatma yapılmıştır. Her başvuruyu kendi bağlantısından açarak okuyabilir ve cevaplayabilirsiniz.\n\n"
        "{assignments}\n\n"
        "Biriminizi ilgilendirmeyen bir başvuruyu aynı sayfadan iade edebilirsiniz.\n\n"
        "Bağlantılar yalnızca biriminiz içindir. Lütfen biriminiz dışında kimseyle paylaşmayınız.",
    ),
    "test": (
        "Deneme: E-postalar ulaşıyor mu?",
        "{details}\n\n"
        "{name}, hattan gönderilen e-postaların bu adrese ulaşıp ulaşmadığını görmek için bu e-postayı "
        "göndermiştir.\n\n"
        "E-posta size ulaşmıştır. Herhangi bir işlem yapmanıza gerek yoktur.",
    ),
    "unit_question": (
        "Birim, başvuru sahibinden bilgi istiyor [{reference}] {unit}",
        "Birimin sorusu başvuru dosyasındadır. Soruyu başvuru sahibine iletebilir veya gerekçesini yazarak geri "
        "çevirebilirsiniz.\n\n"
        "{details}\n\n{case_page}",
    ),
    "unit_interim": (
        "Birimden ara bilgi geldi [{reference}] {unit}",
        "Birim, şu aşamada verebileceği bilgiyi göndermiştir; asıl cevabı ayrıca gelecektir. Bu bilgiyi başvuru "
        "sahibine ara cevap olarak gönderebilirsiniz.\n\n"
        "{details}\n\n{case_page}",
    ),
    "unit_mail": (
        "Birim e-postayla cevap verdi [{reference}] {unit}",
        "Birim, cevabını bağlantıdaki sayfa yerine e-postayla göndermiştir. E-postayı başvuru dosyasında okuyabilir, "
        "uygunsa birim cevabı olarak kabul edebilirsiniz.\n\n"
        "{details}\n\n{case_page}",
    ),
    "desk_reminder": (
        "Hatırlatma: İşlem bekleyen başvurular ({count}) [{reference}] {subject}",
        "{greeting}\n\nAşağıdaki başvurular işlem beklemektedir:\n\n{cases}\n\n{digest}",
    ),
    "desk_digest": (
        "Günlük özet: İşlem bekleyen başvurular ({count}) [{reference}] {subject}",
        "{greeting}\n\nAşağıdaki başvurular işlem beklemektedir:\n\n{cases}\n\n{digest}",
    ),
    "account_invitation": (
        "Hat sistemindeki hesabınız",
        "{greeting}\n\n"
        "Hat sisteminde adınıza bir hesap açılmıştır. Lütfen hesabınız için bir parola belirleyiniz:\n\n"
        "{link}\n\n"
        "Bağlantı {until} tarihine kadar ve yalnızca bir kez kullanılabilir. Bu süre geçerse sistem yöneticisinden "
        "yeni bir bağlantı isteyebilirsiniz.\n\n"
        "Daha sonra {desk} adresinde {email} e-posta adresinizle oturum açabilirsiniz.",
    ),
    "account_reset": (
        "Yeni parola belirleme bağlantınız",
        "{greeting}\n\n"
        "Hat sistemindeki hesabınız için yeni parola istenmiştir. Yeni parolanızı buradan belirleyebilirsiniz:\n\n"
        "{link}\n\n"
        "Bağlantı {until} tarihine kadar ve yalnızca bir kez kullanılabilir.\n\n"
        "Bu isteği siz yapmadıysanız herhangi bir işlem yapmanıza gerek yoktur; parolanız değişmez.",
    ),
    "account_change": (
        "Hesabınızda değişiklik yapıldı",
        "{greeting}\n\n"
        "{change}\n\n{details}\n\n"
        "Bu işlemi siz yapmadıysanız lütfen hemen bir sistem yöneticisine haber veriniz ve yeni bir parola "
        "belirleyiniz.\n\n"
        "{desk_page}",
    ),
}
