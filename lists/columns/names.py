"""What the name of a column says about its cells, in one of some languages. Pure.

For example:

    naming("Correo electrónico", "email")    # Clearness.EXACT
    naming("Work e-mail", "email")           # Clearness.NAMED
    naming("Manager email", "email")         # Clearness.OTHER: it is not the guest's
"""

import re
import unicodedata
from enum import IntEnum
from functools import lru_cache

from lists.cleaning import INVISIBLE

KINDS = ("email", "phone")


class Clearness(IntEnum):
    """How a column's name speaks of a kind of identifier, the clearest last."""

    OTHER = 0
    """It is named for something else: never the guest's identifier, whatever it holds."""

    UNKNOWN = 1
    """The name says nothing, or there is none: what it holds decides."""

    SPARE = 2
    """A second one of the kind: `Email 2`, `Alternative phone`."""

    NAMED = 3
    OWN = 4
    EXACT = 5


def plain_name(name: str) -> str:
    """Return a name in lower case, without accents and invisible characters, for comparisons."""
    plain = unicodedata.normalize("NFKD", INVISIBLE.sub("", name).lower())
    return "".join(sign for sign in plain if not unicodedata.combining(sign))


def speaks_of(name: str, kind: str) -> bool:
    """Whether a name has the word for a kind of identifier, also if it only speaks about one: `Phone type`."""
    words = _words(name)
    joined = "".join(words)
    own, parts = _BASE[kind]
    return any(word in own for word in words) or any(part in joined for part in parts)


def names_kind(name: str, kind: str) -> bool:
    """Whether the name of a column says that it holds this kind of identifier."""
    return naming(name, kind) >= Clearness.SPARE


@lru_cache(maxsize=1_000)
def naming(name: str, kind: str) -> Clearness:
    """Return how clearly a name says that the column holds guests' identifiers of this kind."""
    words = _words(name)
    speaks = speaks_of(name, kind)
    if any(word in _OTHERS for word in words) or _is_a_thing(words, kind, speaks=speaks):
        return Clearness.OTHER
    if not speaks:
        return Clearness.UNKNOWN
    if any(word in _ABOUT or word.startswith(_ABOUT_BEGINNINGS) for word in words):
        return Clearness.OTHER
    if any(word in _SPARE for word in words):
        return Clearness.SPARE
    if "".join(words) in _EXACT[kind]:
        return Clearness.EXACT
    own = [word for word in words if word not in _GUESTS]
    return Clearness.OWN if "".join(own) in _EXACT[kind] or not own else Clearness.NAMED


def _words(name: str) -> list[str]:
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.sub(r"(?i)\be-?\s?mail", "email", INVISIBLE.sub("", name)))
    return [word for word in re.split(r"[\W_]+|(?<=[a-z])(?=[0-9])", plain_name(apart)) if word]


def _is_a_thing(words: list[str], kind: str, *, speaks: bool) -> bool:
    things = {word for word in words if word in _THINGS or _JOINED_THING(word)}
    # In India an e-mail address is called an e-mail ID; a number of a phone is its number.
    allowed = (
        {"email": {"id", "ids"}, "phone": {*_NUMBER_WORDS, "contactnumber", "contactno"}}[kind] if speaks else set()
    )
    return bool(things - allowed)


_NUMBER_WORDS = {"number", "numbers", "no", "nr", "num"}
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
_JOINED_THING = re.compile(
    r"(customer|order|member|account|user|client|guest|card|contact|transaction|store|loyalty|record|lead|profile)s?"
    r"(id|ids|no|nr|num|number)"
).fullmatch
_BASE = {
    "email": (_EMAIL_WORDS, tuple(unicodedata.normalize("NFKD", part) for part in _EMAIL_PARTS)),
    "phone": (_PHONE_WORDS, tuple(unicodedata.normalize("NFKD", part) for part in _PHONE_PARTS)),
}
_EXACT = {
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
_GUESTS = {
    *("customer", "customers", "guest", "guests", "member", "user", "contact", "subscriber", "client", "person", "to"),
    *("recipient", "primary", "main", "your", "my", "personal", "preferred", "default", "value", "address", "1", "the"),
    *("people", "diner", "patron", "current", "new"),
}
"""Words that make a name no less clear: the guest's own, first one."""

_SPARE = {
    *("2", "3", "4", "5", "second", "secondary", "third", "alternate", "alternative", "alt", "other", "additional"),
    *("old", "previous", "former", "backup", "recovery", "extra"),
}
_OTHERS = {
    *("store", "stores", "shop", "location", "restaurant", "branch", "franchise", "franchisee", "manager", "mgr", "gm"),
    *("staff", "employee", "server", "host", "waiter", "cashier", "driver", "owner", "rep", "salesperson", "salesman"),
    *("sales", "agent", "advisor", "from", "sender", "reply", "replyto", "return", "referrer", "referer", "referral"),
    *("referred", "referring", "refer", "friend", "spouse", "partner", "emergency", "parent", "guardian", "supervisor"),
    *("boss", "assistant", "vendor", "supplier", "support", "admin", "administrator", "coach", "teacher", "doctor"),
    *("sponsor", "created", "updated", "modified", "assigned", "by", "cc", "bcc", "inviter", "invited", "gifter"),
    *("fax", "telefax", "pager", "company", "landlord", "accountant", "recruiter", "organizer", "organiser"),
}
"""Whose identifier it is: not the guest's."""

_THINGS = {
    *("id", "ids", "uuid", "guid", "order", "orders", "card", "loyalty", "account", "acct", "number", "numbers", "no"),
    *("nr", "num", "sku", "upc", "ean", "plu", "zip", "zipcode", "postal", "postcode", "plz", "tax", "vat", "ssn"),
    *("passport", "license", "licence", "points", "invoice", "receipt", "ticket", "transaction", "serial", "check"),
    *("barcode", "pin", "reference", "ref", "key", "index", "code", "amount", "total", "price", "spend", "balance"),
    *(
        "revenue",
        "quantity",
        "qty",
        "kundennummer",
        "kundennr",
        "cliente",
        "cuenta",
        "pedido",
        "booking",
        "reservation",
    ),
}
"""What a number, or an address, may belong to instead of a guest."""

_ABOUT = {
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
_ABOUT_BEGINNINGS = ("unsubscri", "subscri", "optin", "optout")
