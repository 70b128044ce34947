"""intake: the public form and the status page.

owns       messages
consumes   case.progressed, case.answered, case.closed, directory.changed, institution.changed, question.asked,
           letter.failed, promise.asked
publishes  message.submitted, message.followed_up, message.withdrawn, message.rated, message.objected,
           question.answered, contact.corrected, codes.requested, file.checked, receipt.requested, intake.known,
           promise.answered
"""
