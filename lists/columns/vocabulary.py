"""The words in the names of columns, by what they say of the cells below. Lower case, without accents; some languages.

Joined names have no spaces: `E-Mail Address` is `emailaddress`.
"""

import re
import unicodedata

from lists.cleaning import INVISIBLE


def plain_name(name: str) -> str:
    """Return a name in lower case, without accents and invisible characters, for comparisons."""
    plain = unicodedata.normalize("NFKD", INVISIBLE.sub("", name).lower())
    return "".join(sign for sign in plain if not unicodedata.combining(sign))


NUMBER_WORDS = {"number", "numbers", "no", "nr", "num"}
_EMAIL_WORDS = {
    *("email", "emails", "mail", "mails", "correo", "correoelectronico", "courriel", "epost", "mel", "posta", "mailto"),
    *("emailaddress", "emailadresse", "emailid"),
}
_PHONE_WORDS = {
    *("phone", "phones", "telephone", "telefon", "telefono", "telefone", "telefoonnummer", "puhelin", "tel", "telf"),
    *("mobile", "mobil", "mob", "movil", "cell", "cellular", "cellphone", "celular", "cellulare", "handy", "portable"),
    *("gsm", "sms", "msisdn", "whatsapp", "ph", "fon"),
}
_EMAIL_PARTS = (
    "email",
    "correoelectr",
    "courriel",
    "メール",
    "邮箱",
    "邮件",
    "郵件",
    "电邮",
    "電郵",
    "이메일",
    "почта",
)
_PHONE_PARTS = (
    *("phone", "telefon", "telefoon", "handynummer", "mobilnummer", "contactnumber", "contactno"),
    *("电话", "電話", "手机", "手機", "携帯", "전화", "휴대폰", "телефон"),
)
JOINED_THING = re.compile(
    r"(customer|order|member|account|user|client|guest|card|contact|transaction|store|loyalty|record|lead|profile)s?"
    r"(id|ids|no|nr|num|number)"
).fullmatch
BASE = {
    "email": (_EMAIL_WORDS, tuple(unicodedata.normalize("NFKD", part) for part in _EMAIL_PARTS)),
    "phone": (_PHONE_WORDS, tuple(unicodedata.normalize("NFKD", part) for part in _PHONE_PARTS)),
}
EXACT = {
    "email": {
        *("email", "emails", "mail", "emailaddress", "emailaddresses", "emailadress", "emailadresse", "adresseemail"),
        *("mailadresse", "correo", "correoelectronico", "direcciondecorreo", "courriel", "adressecourriel", "epost"),
        *("epostadress", "emailid", "postaelettronica", "indirizzoemail", "enderecodeemail", "emails"),
        *(unicodedata.normalize("NFKD", word) for word in ("メール", "メールアドレス", "邮箱", "电子邮件", "电子邮箱")),
        *(unicodedata.normalize("NFKD", word) for word in ("郵件", "電子郵件", "이메일", "почта", "электроннаяпочта")),
    },
    "phone": {
        *(
            "phone",
            "phones",
            "phonenumber",
            "phonenumbers",
            "phoneno",
            "telephone",
            "telephonenumber",
            "tel",
            "telefon",
        ),
        *("mobile", "mobilephone", "mobilenumber", "mobileno", "mobilephonenumber", "cell", "cellphone", "cellnumber"),
        *("cellphonenumber", "telefonnummer", "handy", "handynummer", "telefono", "celular", "movil", "telefone"),
        *(
            "contactnumber",
            "contactno",
            "sms",
            "smsnumber",
            "whatsapp",
            "whatsappnumber",
            "telno",
            "msisdn",
            "numerodetelefono",
            "numerodetelephone",
        ),
        *(
            unicodedata.normalize("NFKD", word)
            for word in ("电话", "手机", "手机号", "電話", "電話番号", "携帯", "携帯電話")
        ),
        *(unicodedata.normalize("NFKD", word) for word in ("전화", "전화번호", "телефон")),
    },
}
GUESTS = {
    *("customer", "customers", "guest", "guests", "member", "user", "contact", "subscriber", "client", "person", "to"),
    *("recipient", "primary", "main", "your", "my", "personal", "preferred", "default", "value", "address", "1", "the"),
    *("people", "diner", "patron", "current", "new"),
    *("cliente", "clientes", "kunde", "kunden", "gast", "invite", "huesped", "hospede", "ospite", "klant", "usuario"),
    *(
        "utente",
        "miembro",
        "mitglied",
        "membre",
        "socio",
        "destinatario",
        "empfanger",
        "destinataire",
        "del",
        "do",
        "du",
    ),
}
"""Words that make a name no less clear: the guest's own, first one."""

SPARE = {
    *("2", "3", "4", "5", "second", "secondary", "third", "alternate", "alternative", "alt", "other", "additional"),
    *("old", "previous", "former", "backup", "recovery", "extra"),
}
OTHERS = {
    *("store", "stores", "shop", "location", "restaurant", "branch", "franchise", "franchisee", "manager", "mgr", "gm"),
    *("staff", "employee", "server", "host", "waiter", "cashier", "driver", "owner", "rep", "salesperson", "salesman"),
    *("sales", "agent", "advisor", "from", "sender", "reply", "replyto", "return", "referrer", "referer", "referral"),
    *("referred", "referring", "refer", "friend", "spouse", "partner", "emergency", "parent", "guardian", "supervisor"),
    *("boss", "assistant", "vendor", "supplier", "support", "admin", "administrator", "coach", "teacher", "doctor"),
    *("sponsor", "created", "updated", "modified", "assigned", "by", "cc", "bcc", "inviter", "invited", "gifter"),
    *("fax", "telefax", "pager", "company", "landlord", "accountant", "recruiter", "organizer", "organiser"),
    *("buyer", "purchaser", "payer", "giver", "godparent", "household", "office", "headquarters", "hq"),
    *(
        "gerente",
        "gerenta",
        "jefe",
        "jefa",
        "chef",
        "chefe",
        "gerant",
        "tienda",
        "negozio",
        "loja",
        "magasin",
        "boutique",
    ),
    *("laden", "standort", "sucursal", "local", "winkel", "butik", "amigo", "amiga", "amico", "amica", "freund", "ami"),
    *(
        "padrino",
        "madrina",
        "responsable",
        "responsabile",
        "direttore",
        "director",
        "remitente",
        "remetente",
        "mittente",
    ),
    *("expediteur", "empresa", "azienda", "firma", "firmen", "societe", "entreprise", "inhaber", "werber", "vendeur"),
}
"""Whose identifier it is: not the guest's."""

OTHERS_BEGINNINGS = (
    *("fax", "telefax", "telecop", "filial", "geschaftsf", "notfall", "mitarbeit", "absender", "encargad", "emplead"),
    *(
        "propriet",
        "propiet",
        "restaurant",
        "ristorant",
        "vendedor",
        "recomend",
        "referr",
        "parrain",
        "emergenc",
        "urgenc",
    ),
    *("verkauf", "dipendent", "funcionari", "presentad", "empfehl"),
)
OTHERS_PARTS = tuple(
    plain_name(part)
    for part in (
        *("店", "传真", "傳真", "ファックス", "ファクス", "紧急", "緊急", "经理", "經理", "매장", "팩스"),
        *("магазин", "факс", "менеджер", "директор", "отправител"),
    )
)

THINGS = {
    *("id", "ids", "uuid", "guid", "order", "orders", "card", "loyalty", "account", "acct", "number", "numbers", "no"),
    *("nr", "num", "sku", "upc", "ean", "plu", "zip", "zipcode", "postal", "postcode", "plz", "tax", "vat", "ssn"),
    *("passport", "license", "licence", "points", "invoice", "receipt", "ticket", "transaction", "serial", "check"),
    *("barcode", "pin", "reference", "ref", "key", "index", "code", "amount", "total", "price", "spend", "balance"),
    *("revenue", "quantity", "qty", "kundennummer", "kundennr", "cuenta", "pedido", "booking", "reservation"),
    *("mitgliedsnummer", "bestellnummer", "kundenkarte", "kartennummer", "commande", "tarjeta", "carte", "tessera"),
}
"""What a number, or an address, may belong to instead of a guest."""

ABOUT = {
    *(
        "mailing",
        "optin",
        "optout",
        "opt",
        "consent",
        "consented",
        "verified",
        "valid",
        "validated",
        "validity",
        "hash",
    ),
    *(
        "status",
        "type",
        "date",
        "time",
        "count",
        "opens",
        "clicks",
        "sent",
        "bounced",
        "bounce",
        "bounces",
        "md5",
        "at",
    ),
    *("sha", "sha256", "domain", "provider", "marketing", "permission", "permissions", "accepts", "accept", "allow"),
    *(
        "allowed",
        "preference",
        "preferences",
        "template",
        "subject",
        "campaign",
        "campaigns",
        "list",
        "lists",
        "source",
    ),
    *(
        "label",
        "carrier",
        "country",
        "ext",
        "extension",
        "format",
        "reason",
        "rating",
        "body",
        "text",
        "open",
        "opened",
    ),
    *("confirmed", "frequency", "tags", "notes", "note", "comment", "name", "url", "link", "device", "os", "app"),
    *("model", "token", "score", "quality", "deliverability", "engagement", "clicked", "language", "blacklist"),
    *("messages", "message", "log", "history", "last", "first", "schedule", "plan", "iphone", "headphone"),
}
ABOUT_BEGINNINGS = ("unsubscri", "subscri", "optin", "optout")
