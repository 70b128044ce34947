"""router: the desk of the hotline's officers.

owns       cases (with their assignments), units, accounts, sessions, audit log, parked events
consumes   message.submitted, .followed_up, .withdrawn, .rated, .objected, question.answered, contact.corrected,
           file.checked, assignment.viewed, .declined, reply.submitted, letter.sent, .failed, contacts.known,
           intake.known, promise.answered, reply.withdrawn, interim.submitted, question.proposed,
           assignment.handed_on, .taken_back, unit_file.checked; its own case.merged, .answered, .closed, .restricted
publishes  assignment.requested, .recalled, reply.returned, .accepted, question.asked, case.progressed, .rerouted,
           .answered, .closed, .merged, .restricted, assignment.informed, unit_question.decided, promise.asked,
           contacts.changed, directory.changed, institution.changed
"""
