"""intake: the public form and the status page.

owns       messages
consumes   case.progressed, case.answered, case.closed, question.asked, letter.failed
publishes  message.submitted, receipt.requested
"""
