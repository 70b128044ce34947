"""Sending a message, and reading its status, as JSON."""

from typing import Annotated, Any, Literal, cast
from uuid import uuid4

from fastapi import APIRouter, Header, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from services.intake.admission import Admission, Admitted, Evidence, Wait
from services.intake.api.files import SentFiles, WithFiles, with_files
from services.intake.config import Settings
from services.intake.domain.codes import new_reference, status_url, tracking_code
from services.intake.domain.message import Submission, message_id_of, submit
from services.intake.store import Messages, ProofUsed, Snapshots
from shared.alphabet import alphabetical
from shared.events import Language
from shared.kinds import Kind
from shared.text import LONGEST_HIDDEN, longest_read
from shared.web.client import client_of
from shared.web.problems import Refused, problems
from shared.web.provided import Now, provided

MOST_FIELDS = 50
EXAMPLE: JsonDict = {
    "kind": "complaint",
    "subject": "Kütüphanede ısıtma çalışmıyor",
    "text": "Merkez kütüphanenin ikinci katında iki gündür ısıtma çalışmıyor.",
    "name": "Deniz Kaya",
    "email": "deniz.kaya@example.org",
    "privacy_notice_accepted": True,
}


def _complete(schema: JsonDict) -> None:
    """The example; and lengths as they are before what cannot be seen is removed.

    A blank name, address or number counts as not given.
    """
    schema["examples"] = [EXAMPLE]
    fields = cast(dict[str, JsonDict], schema["properties"])
    for optional in ("name", "email", "phone", "concerns"):
        for choice in cast(list[JsonDict], fields[optional]["anyOf"]):
            choice.pop("minLength", None)
            before_cleaning(choice)
    for required in ("subject", "text"):
        before_cleaning(fields[required])
    fields["kind"] = {"type": "string", "enum": [*Kind], "description": "The institution may have others: GET /kinds."}


def before_cleaning(text: JsonDict) -> None:
    """Describe the length of a text as it is before what cannot be seen is removed."""
    if "maxLength" in text:
        most = cast(int, text["maxLength"])
        text["description"] = f"At most {most} characters that can be seen."
        text["maxLength"] = longest_read(most)


def few_fields(sent: Any) -> Any:
    """Each unknown field is an error with a sentence: twenty thousand of them would take half a second."""
    if isinstance(sent, dict) and len(sent) > MOST_FIELDS:
        raise PydanticCustomError("too_many_fields", "The message has too many fields.")
    return sent


class NewMessage(Submission):
    """A message to the hotline. Without ``email`` the answer is on the status page only.

    ``proof``: the solution of a challenge of ``/proof``, as ALTCHA's clients write it. Without one a message is marked
    for the officers, and fewer are taken from one client.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra=_complete)

    hide_identity: Annotated[bool, Field(strict=True)] = False
    language: Language = "tr"
    proof: str | None = Field(None, max_length=LONGEST_HIDDEN)
    privacy_notice_accepted: Literal[True] = Field(description="The writer has read the KVKK notice.")

    _bounded = model_validator(mode="before")(few_fields)

    def submission(self) -> Submission:
        """The message itself, without the fields that belong to the request."""
        return Submission.model_construct(**{name: getattr(self, name) for name in Submission.model_fields})


class Accepted(BaseModel):
    """The message is stored. ``tracking_code`` is secret: it opens the status page."""

    reference: str = Field(examples=["26-7KX4-9Q"])
    tracking_code: str = Field(examples=["7KX49-Q2M8D-VT3HA-90RZC"])
    status_url: str


class KindOption(BaseModel):
    """A kind of message, with its labels by language."""

    id: Kind | str
    label: dict[str, str]


class UnitOption(BaseModel):
    """A unit that may stand in ``suggested_unit``."""

    code: str
    name_tr: str
    name_en: str


BAD_KEY = "This Idempotency-Key cannot be used"
BAD_PROOF = (
    "This proof of work cannot be used",
    "It is not correct, has expired or was used before. Please solve another challenge.",
)
SHORTEST_KEY, LONGEST_KEY = 22, 255
"""Characters: 22 hold 128 bits in base64, so that nobody guesses the key of somebody else."""
Key = Annotated[
    str | None,
    Header(
        description="Sending the same key again is the same message. At least 22 random characters, such as a UUID.",
        json_schema_extra={"anyOf": [{"type": "string", "minLength": SHORTEST_KEY, "maxLength": LONGEST_KEY}]},
    ),
]


api = APIRouter(prefix="/api/v1", route_class=WithFiles, tags=["messages"])


@api.post(
    "/messages",
    status_code=202,
    responses=problems(400, 404, 413, 422, 429, 503),
    openapi_extra={"requestBody": {"content": {"multipart/form-data": {"schema": with_files(NewMessage)}}}},
)
async def post_message(
    request: Request,
    body: NewMessage,
    files: SentFiles,
    messages: Annotated[Messages, provided(Messages)],
    snapshots: Annotated[Snapshots, provided(Snapshots)],
    settings: Annotated[Settings, provided(Settings)],
    admission: Annotated[Admission, provided(Admission)],
    now: Now,
    idempotency_key: Key = None,
) -> Accepted:
    """Submit a message. The response comes after the message is stored on a majority of the replica set.

    With files it is a form (``multipart/form-data``) that has the fields of the JSON body, and ``files``.
    """
    check_key(idempotency_key)
    if not snapshots.institution.offers(body.kind):
        raise RequestValidationError([{"type": "enum", "loc": ("body", "kind"), "input": body.kind}])
    evidence = Evidence(client_of(request), proof=body.proof or "")
    admitted = admission.admit(body.submission(), evidence, now, asks=False)
    if isinstance(admitted, Wait):
        raise Refused(429, "Too many messages", "Please wait before you send another one.", wait=admitted.seconds)
    if not isinstance(admitted, Admitted):
        raise Refused(422, *BAD_PROOF)
    message_id = message_id_of("api", idempotency_key) if idempotency_key else str(uuid4())
    code = tracking_code(settings.secret_key.get_secret_value(), message_id)
    message, announcing = submit(
        body.submission(),
        message_id=message_id,
        reference=new_reference(now, settings.timezone),
        code=code,
        base_url=settings.intake_url,
        language=body.language,
        now=now,
        doubts=admitted.doubts,
        proof=admitted.proof,
        files=await files.claimed(message_id),
        channel="api",
    )
    try:
        kept = await messages.add_once(message, announcing=announcing)
    except ProofUsed:
        raise Refused(422, *BAD_PROOF) from None
    if kept.fingerprint != message.fingerprint:
        raise Refused(422, "This Idempotency-Key is taken", "It was used before, with another message.")
    return Accepted(reference=kept.reference, tracking_code=code, status_url=status_url(settings.intake_url, code))


def check_key(key: str | None) -> None:
    """Raise Refused for an Idempotency-Key that somebody could guess."""
    if key is not None and not SHORTEST_KEY <= len(key.strip()) <= LONGEST_KEY:
        raise Refused(400, BAD_KEY, "It has 22 to 255 characters, such as a UUID. A shorter one could be guessed.")


@api.get("/kinds")
async def get_kinds(snapshots: Annotated[Snapshots, provided(Snapshots)]) -> list[KindOption]:
    """The kinds a message may have."""
    return [KindOption(id=kind.id, label=kind.label) for kind in snapshots.institution.kinds]


@api.get("/units")
async def get_units(snapshots: Annotated[Snapshots, provided(Snapshots)]) -> list[UnitOption]:
    """The units of which a message may suggest one, in the order of the Turkish alphabet."""
    units = sorted(snapshots.units, key=lambda unit: alphabetical(unit.name_tr, "tr"))
    return [UnitOption(code=unit.code, name_tr=unit.name_tr, name_en=unit.name_en) for unit in units]
