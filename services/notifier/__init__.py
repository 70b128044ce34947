"""notifier: writes and sends the letters.

owns       letters
consumes   message.submitted, receipt.requested, assignment.invited, reply.submitted, case.answered, case.closed
publishes  letter.sent, letter.failed
"""
