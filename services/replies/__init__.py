"""replies: the unit's portal, reached by an e-mailed link.

owns       assignments (links, drafts, versions of the reply), the files of replies, links to all that is open of a unit
consumes   assignment.requested, assignment.recalled, assignment.informed, reply.returned, reply.accepted, mail.received
publishes  assignment.invited, assignment.viewed, assignment.handed_on, assignment.declined, interim.submitted,
           question.proposed, reply.proposed, reply.submitted, reply.withdrawn, unit_file.checked
"""
