"""router: the desk of the hotline's officers.

owns       cases (with their assignments), units, accounts, sessions, audit log, parked events
consumes   message.submitted, assignment.viewed, .declined, reply.submitted, letter.sent, .failed
publishes  assignment.requested, .recalled, reply.returned, .accepted, case.progressed, .answered, .closed
"""
