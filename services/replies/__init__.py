"""replies: the unit's portal, reached by an e-mailed link.

owns       assignments (link, draft, versions of the reply)
consumes   assignment.requested, assignment.recalled, reply.returned, reply.accepted, case.closed
publishes  assignment.invited, assignment.viewed, assignment.declined, reply.submitted
"""
