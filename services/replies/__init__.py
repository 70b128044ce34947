"""replies: the unit's portal, reached by an e-mailed link.

owns       assignments (link, draft, versions of the reply), the files of replies
consumes   assignment.requested, assignment.recalled, reply.returned, reply.accepted, case.closed
publishes  assignment.invited, assignment.viewed, assignment.declined, reply.submitted, reply.withdrawn,
           unit_file.checked
"""
