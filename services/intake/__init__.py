"""intake: the public's door.

owns       messages
consumes   case.progressed, case.answered, case.closed
publishes  message.submitted, receipt.requested
"""
