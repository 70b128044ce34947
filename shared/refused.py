"""The rules of the procedure do not allow what somebody asked for."""


class Refused(Exception):
    """Raised by the domain. The sentence is a msgid, for the person who asked.

    ``field`` names the field of the form that would have helped.
    """

    field = ""
