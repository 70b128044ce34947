"""The exception of the domain for a request that a rule of the procedure forbids."""


class Refused(Exception):
    """A rule forbids the request. The message is a msgid, shown to the person who asked.

    ``field`` is the form field that the message belongs to; '' is the whole form.
    """

    field = ""
