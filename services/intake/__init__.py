"""intake: the public form and the status page.

owns       messages
consumes   case.progressed, case.answered, case.closed
publishes  message.submitted, receipt.requested
"""
