"""intake: the public form and the status page.

owns       messages
consumes   case.progressed, case.answered, case.closed, directory.changed, institution.changed
publishes  message.submitted, receipt.requested, intake.known
"""
