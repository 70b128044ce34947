"""replies: the unit's portal, reached by an e-mailed link.

owns       assignments (links, drafts, versions of the reply), links to all that is open of a unit
consumes   assignment.requested, assignment.recalled, assignment.informed, reply.returned, reply.accepted
publishes  assignment.invited, assignment.viewed, assignment.handed_on, assignment.declined, interim.submitted,
           question.proposed, reply.submitted
"""
