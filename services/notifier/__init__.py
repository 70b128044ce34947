"""notifier: writes and sends the letters, and takes the mail that comes in.

owns       letters, mails that came in and their files
consumes   message.submitted, receipt.requested, assignment.invited, reply.submitted, case.answered, case.closed
publishes  letter.sent, letter.failed, mail.received, mail_file.checked
"""
