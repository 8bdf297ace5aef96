"""The commands by heading and module. `make commands-page` writes this file."""

TEXT = """\
[Your login]
  commands.account
    login Log this machine in to your firm's Daypass
    logout Remove this machine's token and its cached sessions
    whoami Show who you are logged in as, and on which Daypass
    tokens List, replace or revoke your tokens
    link-slack Link your Slack account to Daypass
[Credentials]
  commands.credentials
    creds Print a session's credentials for AWS tools (credential_process)
    env Print commands that set a session's credentials in your shell
    exec Run one program with a session
    shell Start a shell with a session
    serve Give a program credentials that refresh automatically
  commands.console
    console Open the AWS console in the client's account
  agents.server
    mcp Serve an AI agent over the Model Context Protocol
[Your access]
  commands.console
    web Sign in to Daypass's web console in your browser
  commands.mine
    ls List your roles: when your access ends, or why you have no access
    status Show your live sessions and when they expire
    done Give your sessions back, and delete them from this machine
[Access on request]
  commands.requests.requesting
    request Request access to a role
    withdraw Withdraw your request, or end the access that it gave you
    emergency Get access without an approval in an emergency; notifies every lead
  commands.requests.deciding
    requests List the requests that are waiting for you, and your own
    approve Approve a request
    deny Deny a request
[Set-up]
  commands.configure
    configure Write a profile for each of your roles to ~/.aws/config
    use Bind this folder, or a short name, to an engagement and role
  commands.machine
    doctor Check this machine: login, profiles, clock, network
    upgrade Update this daypass command to the version that your firm runs
    prompt Print this shell's role and the time left in its session
  commands.completion
    completion Print a completion script for your shell
[For leads and auditors]
  commands.leads.questions
    who Show who is in which client's account now
    access Show what a member can access
    why Check a client's roles, and show the most likely cause of a failure
  commands.leads.engagements
    engagements List engagements, or show one, or change its end or cut-off method
    open Open an engagement, and get the link for the client
    agents Set what AI agents can do in an engagement
    role Add a role to an engagement, or change one
    link Create, list or revoke links to the client's page
    renew Extend an engagement, and renew its grants
  commands.leads.evidence
    trail Show the audit trail, latest first
    export Export the audit trail for other programs
    report List an engagement's sessions in a month, for the client
  commands.leads.reconciling
    reconcile Compare the trail with the events in a client's CloudTrail
  commands.leads.people
    members List the members, or change a member's kind or name
    invite Create a member, or a new enrolment code for an existing member
    bind Let a CI job sign in as a machine, without a secret
    grant Grant a member access to an engagement until a date
  commands.leads.approvals
    approvals Show or change who approves requests
    confirm-emergency Confirm that you have reviewed what a member did during an emergency
  commands.leads.client_approvers
    approvers List, name or revoke the client's approvers
  commands.leads.reviewing
    review Review who has access, and keep or end each grant
  commands.leads.actions
    revoke Revoke a session, a token, a grant, a member, a role, or more
    freeze Block all new sessions, and cut off live sessions where clients allow it
    close Close an engagement whose work is done
    leave End all access for a member who is leaving the firm
    reinstate Reinstate a suspended member, who then needs a new enrolment code
    reopen Reopen an engagement that was closed or revoked
    rotate Replace the external ID. The rotation ends when every role passes its checks
    thaw Ask to lift the freeze, or confirm another lead's request (two leads needed)
    lift-pause Ask to lift a client's pause, or confirm another lead's request after 24 hours
    client-approval Require the client's approval for all access. Only the client can undo this
  commands.leads.cut_offs
    cut-offs Show the cut-offs of live sessions, and their progress
  commands.verify_trail
    verify-trail Verify signed files of the trail, without a login
[]
  commands.completion
    complete
"""
