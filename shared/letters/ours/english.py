"""The words in English: subject and text of each letter."""

from collections.abc import Mapping

WORDS: Mapping[str, tuple[str, str]] = {
    "receipt": (
        "Your message has been received [{reference}]",
        "{greeting}\n\n"
        "Your message to the hotline has been received. It will be routed to the unit responsible, and we will send "
        "you the answer.\n\n"
        "{details}\n\n{status_page}\n\n"
        "In an emergency, please call 112. The hotline does not replace the emergency services.\n\n"
        "Please keep the tracking code to yourself: whoever knows it can read your message and the answer.",
    ),
    "answer": (
        "The answer to your message [{reference}] {subject}",
        "{greeting}\n\n"
        "Your message of {date} with the reference number {reference} has been answered as follows:\n\n"
        "{answer}\n\n"
        "You can also read the answer on the status page:\n\n"
        "{status_page}\n\n{rating}\n\n{objection}\n\n{message}",
    ),
    "answer_undated": (
        "The answer to your message [{reference}] {subject}",
        "{greeting}\n\n"
        "Your message with the reference number {reference} has been answered as follows:\n\n"
        "{answer}\n\n"
        "You can also read the answer on the status page:\n\n"
        "{status_page}\n\n{rating}\n\n{objection}\n\n{message}",
    ),
    "interim": (
        "Interim answer to your message [{reference}] {subject}",
        "{greeting}\n\n"
        "About your message with the reference number {reference} we can tell you the following so far:\n\n"
        "{interim_answer}\n\n"
        "Your message is still being dealt with. You will get the final answer as soon as it is ready.\n\n"
        "You can follow it on the status page:\n\n"
        "{status_page}",
    ),
    "question": (
        "We have a question about your message [{reference}]",
        "{greeting}\n\n"
        "We need the following from you to go on with your message with the reference number {reference}:\n\n"
        "{question}\n\n"
        "Please answer on the status page.\n\n{by_mail}\n\n{status_page}",
    ),
    "closure": (
        "Your message was closed [{reference}]",
        "{greeting}\n\n"
        "Your message with the reference number {reference} was closed, for this reason:\n\n"
        "{explanation}\n\n{status_page}",
    ),
    "rerouting": (
        "Your message went to another unit [{reference}]",
        "{greeting}\n\n"
        "Your message with the reference number {reference} has been passed to the unit that is responsible for its "
        "subject:\n\n"
        "{details}\n\n"
        "You need not do anything. This is to inform you under article 5 of Law No. 3071.\n\n"
        "{status_page}",
    ),
    "codes": (
        "Your tracking codes",
        "{greeting}\n\n"
        "Somebody asked on our page for the tracking codes that belong to this address. These are the messages:\n\n"
        "{codes}\n\n"
        "Please keep the tracking codes to yourself: whoever knows one can read the message and the answer.\n\n"
        "If it was not you who asked, you need not do anything: the codes went to nobody else.",
    ),
    "invitation": (
        "A message awaits your reply [{reference}] {subject}",
        "To: {unit}\n\n"
        "The message named below concerns your unit. Please read it and write your reply on the page behind the link. "
        "You need no password.\n\n"
        "{details}\n\n{note}\n\n{link}\n\n"
        "The link is meant for your unit alone. Please do not pass it on outside your unit.",
    ),
    "invitation_information": (
        "A message for your information [{reference}] {subject}",
        "To: {unit}\n\n"
        "The message named below concerns your unit. You can read it on the page behind the link. A reply is not "
        "required.\n\n"
        "{details}\n\n{note}\n\n{link}\n\n"
        "The link is meant for your unit alone. Please do not pass it on outside your unit.",
    ),
    "return": (
        "Please revise your reply [{reference}] {subject}",
        "To: {unit}\n\n"
        "The hotline has checked your reply and asks you to revise it, for this reason:\n\n"
        "{reason}\n\n{details}\n\n{link}\n\n"
        "The link is meant for your unit alone. Please do not pass it on outside your unit.",
    ),
    "recall": (
        "You need not reply any more: {invited}",
        "The hotline no longer asks your unit about the message named below. You need not do anything.\n\n"
        "{details}\n\n{reason}",
    ),
    "notice": (
        "New message [{reference}] {subject}",
        "A new message is on the desk and waits to be routed.\n\n{details}\n\n{case_page}",
    ),
    "arrival": (
        "A unit has replied [{reference}] {unit}",
        "The reply waits for your check.\n\n{details}\n\n{case_page}",
    ),
    "decline": (
        "A unit has handed a message back [{reference}] {unit}",
        "The unit says that it is not responsible. The case has to be routed again.\n\n"
        "{details}\n\n{reason}\n\n{case_page}",
    ),
    "follow_up": (
        "The submitter has written again [{reference}]",
        "What was added stands in the case.\n\n{details}\n\n{case_page}",
    ),
    "question_answered": (
        "The submitter has answered your question [{reference}]",
        "The answer stands in the case, which can go on now.\n\n{details}\n\n{case_page}",
    ),
    "objection": (
        "The submitter objects to the answer [{reference}]",
        "This is for the supervisor, who decides about the objection. The reason stands in the case.\n\n"
        "{details}\n\n{case_page}",
    ),
    "withdrawal": (
        "The submitter has withdrawn the message [{reference}]",
        "The case is closed by itself, and units that were still asked are told. You need not do anything.\n\n"
        "{details}\n\n{case_page}",
    ),
    "failure": (
        "An e-mail could not be delivered: {recipient}",
        "This e-mail did not reach its recipient. Please check the address. You can send the e-mail again on the "
        "desk, or reach the person in another way.\n\n"
        "{details}\n\n{case_page}",
    ),
    "promise": (
        "Was it done? We have a question about your message [{reference}]",
        "{greeting}\n\n"
        "We had told you about your message with the reference number {reference} that it would be done by "
        "{date}.\n\n"
        "{promise}\n\n"
        "Was it done?\n\n"
        "{choices}\n\n"
        "The page that opens asks you to confirm. If it was not done, your message is dealt with again.",
    ),
    "new_link": (
        "The new link that was asked for [{reference}] {subject}",
        "To: {unit}\n\n"
        "A new link was asked for the message named below. You can open it by this link. You need no password.\n\n"
        "{details}\n\n{link}\n\n"
        "If nobody in your unit asked for it, you need not do anything: the link went to this address only.\n\n"
        "The link is meant for your unit alone. Please do not pass it on outside your unit.",
    ),
    "news": (
        "News about a message at your unit [{reference}] {subject}",
        "To: {unit}\n\n"
        "There is news about the message that your unit was asked about:\n\n"
        "{news}\n\n{details}\n\n{link}\n\n"
        "The link is meant for your unit alone. Please do not pass it on outside your unit.",
    ),
    "colleague": (
        "A message was passed on to you for a reply [{reference}] {subject}",
        "{greeting}\n\n"
        "{by} has passed on to you the message named below. Please read it and write your reply on the page behind "
        "the link. You need no password.\n\n"
        "{details}\n\n{note}\n\n{link}\n\n"
        "The link is meant for you alone. Please do not pass it on.",
    ),
    "overview": (
        "All messages that await a reply of your unit",
        "To: {unit}\n\n"
        "Somebody asked for the link to the page with all messages that await a reply of your unit. It is valid until "
        "{until}. You need no password.\n\n"
        "{link}\n\n"
        "If nobody in your unit asked for it, you need not do anything: the link went to this address only.\n\n"
        "The link is meant for your unit alone. Please do not pass it on outside your unit.",
    ),
    "extension": (
        "You have more time for your reply [{reference}]",
        "To: {unit}\n\n"
        "The hotline has granted your request for more time. You can reply on the page behind the link in the first "
        "e-mail.\n\n"
        "{details}",
    ),
    "extension_refused": (
        "You get no more time for your reply [{reference}]",
        "To: {unit}\n\n"
        "The hotline could not grant your request for more time, for this reason:\n\n"
        "{reason}\n\n{details}",
    ),
    "reminder": (
        "Reminder: overdue replies of your unit ({count}) [{reference}] {subject}",
        "To: {unit}\n\n"
        "The reply of your unit to what is listed below is awaited. Please open each message by its link and write "
        "your reply there. You need no password.\n\n"
        "{assignments}\n\n"
        "If a message does not concern your unit, you can hand it back on the same page.\n\n"
        "Links are meant for your unit alone. Please do not pass them on outside your unit.",
    ),
    "reminder_soon": (
        "Reminder: replies of your unit that are due soon ({count}) [{reference}] {subject}",
        "To: {unit}\n\n"
        "The reply of your unit to what is listed below is awaited. Please open each message by its link and write "
        "your reply there. You need no password.\n\n"
        "{assignments}\n\n"
        "If a message does not concern your unit, you can hand it back on the same page.\n\n"
        "Links are meant for your unit alone. Please do not pass them on outside your unit.",
    ),
    "reminder_head": (
        "Overdue messages of your unit ({count}) [{reference}] {subject}",
        "To the head of: {unit}\n\n"
        "The last day for the reply to what is listed below has passed, and your unit has not replied yet. The person "
        "responsible was reminded. You can read each message, and reply to it, on the page behind its link.\n\n"
        "{assignments}\n\n"
        "If a message does not concern your unit, you can hand it back on the same page.\n\n"
        "Links are meant for your unit alone. Please do not pass them on outside your unit.",
    ),
    "test": (
        "Test: do letters arrive?",
        "{details}\n\n"
        "{name} sent this e-mail to see whether letters of the hotline arrive at this address.\n\n"
        "It arrived. You need not do anything.",
    ),
    "unit_question": (
        "A unit wants to ask the submitter something [{reference}] {unit}",
        "The question stands in the case. You can pass it on to the submitter, or say why not.\n\n"
        "{details}\n\n{case_page}",
    ),
    "unit_interim": (
        "A unit sent what it can say so far [{reference}] {unit}",
        "The reply itself follows. You can send this to the submitter as an interim answer.\n\n"
        "{details}\n\n{case_page}",
    ),
    "unit_mail": (
        "A unit has replied by e-mail [{reference}] {unit}",
        "The unit wrote an e-mail instead of using its link. You can read it in the case, and take it as the reply of "
        "the unit.\n\n"
        "{details}\n\n{case_page}",
    ),
    "desk_reminder": (
        "Reminder: waiting cases ({count}) [{reference}] {subject}",
        "{greeting}\n\nThese cases wait for somebody:\n\n{cases}\n\n{digest}",
    ),
    "desk_digest": (
        "Today on the hotline: waiting cases ({count}) [{reference}] {subject}",
        "{greeting}\n\nThese cases wait for somebody:\n\n{cases}\n\n{digest}",
    ),
    "account_invitation": (
        "Your account at the desk of the hotline",
        "{greeting}\n\n"
        "An account was made for you at the desk of the hotline. Please choose a password for it:\n\n"
        "{link}\n\n"
        "The link opens once, until {until}. After that an administrator can send you a new one.\n\n"
        "You then sign in at {desk} with your e-mail address {email}.",
    ),
    "account_reset": (
        "Your link to choose a new password",
        "{greeting}\n\n"
        "Somebody asked on our page for a new password for your account at the desk of the hotline. You can choose it "
        "here:\n\n"
        "{link}\n\n"
        "The link opens once, until {until}.\n\n"
        "If it was not you who asked, you need not do anything: your password stays as it is.",
    ),
    "account_change": (
        "Your account was changed",
        "{greeting}\n\n"
        "{change}\n\n{details}\n\n"
        "If it was not you, please tell an administrator of the desk at once, and choose a new password.\n\n"
        "{desk_page}",
    ),
}
