"""router: the hotline's desk.

owns       cases (with their assignments), units, users, sessions
consumes   message.submitted, assignment.viewed, .declined, reply.submitted, letter.sent, .failed
publishes  assignment.requested, .recalled, reply.returned, .accepted, case.progressed, .answered, .closed
"""
