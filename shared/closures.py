"""What a submitter reads when a case is closed for a reason, unless an officer writes something else."""

from collections.abc import Mapping

EXPLANATIONS: Mapping[str, str] = {
    "answered": "Your message has been answered, and its case is complete.",
    "withdrawn": "Your message was closed because you have withdrawn it.",
    "duplicate": "You have sent this message before. It is answered under the earlier reference number.",
    "not_responsible": "Your message concerns a matter for which our institution is not responsible.",
    "forwarded_external": "Your message was forwarded to the institution that is responsible for it.",
    "not_contactable": "Your message was closed because we could not reach you.",
    "inadmissible": "Your message does not meet the conditions under which it could be examined.",
    "spam": "Your message was not taken up because of its content.",
    "no_action_needed": "Your message was read, and needs no further action. Thank you.",
}
"""By ``CaseClosed.closure_reason``; msgids. The desk sends the sentence; the status page says it where none came."""
