"""router: the desk of the hotline's officers.

owns       cases (with their assignments), units, accounts, sessions, audit log, parked events
consumes   message.submitted, .followed_up, .withdrawn, .rated, .objected, question.answered, contact.corrected,
           file.checked, assignment.viewed, .declined, reply.submitted, letter.sent, .failed, contacts.known,
           intake.known; its own case.merged, .answered, .closed, .restricted
publishes  assignment.requested, .recalled, reply.returned, .accepted, question.asked, case.progressed, .rerouted,
           .answered, .closed, .merged, .restricted, contacts.changed, directory.changed, institution.changed
"""
