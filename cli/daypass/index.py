"""The commands by heading and module. `make commands-page` writes this file."""

TEXT = """\
[Your login]
  commands.account
    login Log this machine in to your firm's Daypass
    logout Remove this machine's token and its cached sessions
    whoami Show who you are logged in as, and where
    tokens List, replace or revoke your tokens
    link-slack Link your Slack user to your Daypass membership
[Credentials]
  commands.credentials
    creds Print a session for AWS tools (credential_process)
    env Print lines that set a session in a shell
    exec Run one program with a session
    shell Start a shell with a session
    serve Serve a session that refreshes itself to a program
  commands.console
    console Open the AWS console of the client's account
  agents.server
    mcp Serve an AI agent over the Model Context Protocol
[Your access]
  commands.console
    web Sign in to Daypass's web console in your browser
  commands.mine
    ls List your roles, with the end of your access, or why you have none
    status Show your live sessions and the time they have left
    done Give sessions back, and delete them from this machine
[Access on request]
  commands.requests.requesting
    request Request access to a role
    withdraw Withdraw your request, or end the access that it opened
    emergency Open a role yourself in an emergency; notifies every lead
  commands.requests.deciding
    requests List your requests, and pending requests of others
    approve Approve a request
    deny Deny a request, and say why
[Set-up]
  commands.configure
    configure Write a profile for each of your roles to ~/.aws/config
    use Bind this folder, or a short name, to an engagement and role
  commands.machine
    doctor Check this machine: login, profiles, clock, network
    upgrade Update this daypass command to the version that your firm runs
    prompt Print the role of this shell and the time left
  commands.completion
    completion Print a script that completes commands in your shell
[For leads and auditors]
  commands.leads.questions
    who Show who is in which client's account now
    access Show what a member can access
    why Check a client's roles, and show the likeliest cause of a failure
  commands.leads.engagements
    engagements List the engagements, or show one, or change its end or cut-off
    open Open an engagement, and get the link for the client
    agents Say what AI agents may do in an engagement
    role Add a role to an engagement, or change one
    link Make a link to the client's page, or list or revoke its links
    renew Move an engagement's end, and renew its grants
  commands.leads.evidence
    trail Show the audit trail, latest first
    export Write the audit trail for other programs, completely or not at all
    report List an engagement's sessions in a month, for the client
  commands.leads.reconciling
    reconcile Compare the trail with the events of a client's CloudTrail
  commands.leads.people
    members List the members, or change the kind or the name of one
    invite Create a member, or make a new enrolment code for one
    bind Let a CI's job sign in as a machine, without a secret
    grant Give a member access to an engagement, until a date
  commands.leads.approvals
    approvals Show or change who approves requests
    confirm-emergency Confirm that you know what a member did in an emergency
  commands.leads.client_approvers
    approvers List, name or revoke the client's approvers
  commands.leads.reviewing
    review Review who has access, and keep or end each grant
  commands.leads.actions
    revoke Revoke a session, a token, a grant, a member, a role, or more
    freeze Stop all sessions for all clients: revoke everything
    close Close an engagement whose work is done
    leave End all access of a member who leaves the firm
    reinstate Reinstate a suspended member, who needs a new enrolment code
    reopen Reopen an engagement that was closed or revoked
    rotate Replace the external ID. The replacement ends when every role passes its checks
    thaw Ask to lift the freeze, or confirm another lead's request. It takes two leads
    lift-pause Ask to lift a client's pause, or confirm another lead's request after 24 hours
    client-approval Require the client's approval for all access. Only the client can lift this
  commands.leads.cut_offs
    cut-offs Show the progress of the cut-offs of live sessions
  commands.verify_trail
    verify-trail Verify signed files of the trail, without a login
[]
  commands.completion
    complete
"""
