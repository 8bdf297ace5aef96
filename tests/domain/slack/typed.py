"""Texts typed after `/daypass`. tests/golden/slack/typed.txt has what Daypass makes of each."""

ID = "alice.00d9o4r5k3f81c2q"
LINES = {
    "{}": """
?
help
help access
help revoke
help revoke grant
list
live
link
who acme-prod
status acme-prod
verify acme-prod
access acme-prod
access acme-prod readonly
revoke member bob because it
revoke engagement acme-prod because it
revoke grant <@U0BOB|bob> acme-prod
revoke role acme-prod deploy
grant bob acme-prod
LIST
Who Acme-Prod
/daypass who acme-prod
/daypass /Daypass who acme-prod
daypass who acme-prod
who acme\u2011prod
who acme–prod
who \u2014 acme-prod
\u2014 who acme-prod
w\u200bho ac\ufeffme-prod
\u202ewho acme-prod\u202c
who\xa0acme-prod
*who* _acme-prod_
`who acme-prod`
who `acme-prod`
who “acme-prod”
who 'acme-prod'
who „acme-prod“
who «acme-prod».
who [acme-prod]
who, acme-prod!
ACCESS acme-prod FOR 30M
access acme-prod for: 30m
access acme-prod \u2014for 30m
/daypass
access acme-prod [readonly]
lst
acess acme-prod
statsu acme-prod
revoke membr bob because x
revoke
xyzzy
<!channel>
<@U0BOB|bob>
&lt;!channel&gt; list
daypass_alice_kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk
who
access
who -
revoke role acme-prod
request acme-prod deploy for 2h
deny alice.00d9o4r5k3f81c2q
approve
revoke member because x
live now
live <@U0BOB|bob>
live for 30m
access acme-prod readonly deploy
who acme-prod because I ask
revoke member everybody now because x
access acme-prod for 30m for 1h
access for 30m acme-prod
access acme-prod r
revoke member r because x
who acme_prod
who acme--prod
who aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
who @bob
who \u0430cme-prod
who \u212aacme
who <@U0BOB|bob>
who a
who ../acme-prod
who <#C0ACME|acme-prod>
revoke member <@u0bob|bob> because x
revoke member &lt;@U0BOB&gt; because x
revoke member <@U0BOB!|bob> because x
revoke member @@bob because x
""",
    "revoke member {} because of it": """
<@U0BOB|bob>
<@U0BOB>
<@U0BOB|Bob Barnes>
*<@U0BOB|bob>*,
<@W012A3CDE|bob>
bob
@bob
@Bob
""",
    "access acme-prod for {}": """
30m
30min
30 min
30 minutes
1800s
1h
1 hour
1hr
60m
15m
900 seconds
30
m
1h30
1.5h
half
30m30m
30 30 m
\u0663\u0660m
9999999m
1h30m
899s
14m
0m
3601s
90m
2d
""",
    f"approve {ID} until {{}}": """
2026-12-31
2026\u201112\u201131
2026-12-31.
2026-12-31 UTC
2026-11-24
2028-02-29
2026-12-31T18:00Z
2026-12-31t18:00z
2026-12-31 18:00Z
2026-12-31 18:00 UTC
2026-12-31T18:00 UTC
2026-12-31T18:00:30Z
2026-12-31T18:00+01:00
2026-12-31T18:00-05:00
tomorrow
Tomorrow
2999-12-30
friday
31.12.2026
12/31/2026
20261231
2026-W53-1
2026-12
2026-02-29
2026-13-01
2026-12-31T18:00
2026-12-31 18:00
2026-12-31T24:30Z
2026-12-31T18:00+99:00
2026-12-31T
2999-12-31
9999-12-31
\u0662\u0660\u0662\u0666-12-31
2026-11-23
2026-11-24T18:00Z
2026-11-24T17:59:59Z
""",
    "request acme-prod deploy for {} because of it": """
2h
2 hours
120m
*2h*,
3d
3 days
72h
15m
14d
2
2w
1.5h
half a day
14m
15d
0d
999999d
""",
    "request acme-prod deploy ticket {} because of it": """
OPS-1
*ops/12_A*,
<https://t.example/1|OPS-1>
…
OPS#1
xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
<@U0BOB|bob>
""",
    "request acme-prod deploy from {} because of it": """
2026-11-28
tomorrow
2026-11-28T20:00+01:00
friday
2026-11-28T20:00
9999-12-31T23:00-05:00
2026-11-24
2026-11-24T18:00Z
""",
    "approve {}": """
alice.00d9o4r5k3f81c2q
`Alice.00D9o4r5k3f81c2q`.
alice
alice.00d9
alice.zzzzzzzzzzzzzzzz
@bob
""",
    "access acme-prod because {}": """
INC-4711
the import fails for 30m until noon
it’s “down” – again
of *this*
a &lt; b &amp;&amp; c &gt; d
&amp;lt;
<@U0BOB|bob> asks
<@U0BOB> asks
see <https://example.com/1|the ticket>
see <https://example.com/1>.
<#C0OPS|ops> says so
<!here> it burns
zero\u200bwidth\xa0space
because
🔥
…
\u200b
of daypass_alice_kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk
of daypass_enrol_alice_kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk
of https://example.com/setup/abcdefg234567abcdefg234567abcdefg234567abcdefg234567
\u3164 blank
""",
}
"""Texts by the command that they are part of, a line each. The first of each is empty."""
TEXTS = [
    *(command.format(text) for command, lines in LINES.items() for text in lines.split("\n")[:-1]),
    *(" \n\t ", "who\nacme-prod", "  who   acme-prod  ", "access acme-prod because two\nlines"),
    *("x" * 3001, f"list{' ' * 2996}"),
    *(f"access acme-prod because {reason}" for reason in ("ab " * 66 + "ab", "x" * 201)),
]
