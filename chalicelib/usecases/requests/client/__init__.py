"""The client's part in access requests: its approvers, their page, and the mails to them."""
