# `make settings-table` writes this file from the parameters of the templates, which `make deploy`
# sets. The names are those of docs/reference/settings.md, in lower case.

variable "alarm_email" {
  type        = string
  default     = ""
  nullable    = false
  description = "The mailbox for grave alarms and alerts. Amazon SNS sends it a mail to confirm first. May be empty. Better a list that every lead reads than one person."
  validation {
    condition     = can(regex("^(?:([A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,63}(\\.[A-Za-z0-9-]{1,63}){1,4})?)$", var.alarm_email))
    error_message = "One e-mail address."
  }
}

variable "anonymous_concurrency" {
  type        = number
  default     = 0
  nullable    = false
  description = "The concurrency reserved for each of the six functions that serve people without a token. It is also each function's limit. 0 reserves nothing. A new AWS account has 10 for all functions, and cannot reserve any."
  validation {
    condition     = floor(var.anonymous_concurrency) == var.anonymous_concurrency && var.anonymous_concurrency >= 0 && var.anonymous_concurrency <= 1000
    error_message = "A whole number from 0 to 1000."
  }
}

variable "canary_account" {
  type        = string
  default     = ""
  nullable    = false
  description = "The AWS account of the canary role, which the prober must get once an hour. May be empty; the prober does not request it then. docs/prober.md says how to create the role."
  validation {
    condition     = can(regex("^(?:([0-9]{12})?)$", var.canary_account))
    error_message = "An account ID of 12 digits."
  }
}

variable "client_mail_from" {
  type        = string
  default     = ""
  nullable    = false
  description = "The address from which Daypass mails the approvers at your clients. Amazon SES must have verified it or its domain, in this region, and your account must be out of the SES sandbox. If it is empty, no one at a client can be named as an approver."
  validation {
    condition     = can(regex("^(?:([A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,63}(\\.[A-Za-z0-9-]{1,63}){1,4})?)$", var.client_mail_from))
    error_message = "One plain e-mail address, such as daypass@example.com."
  }
}

variable "digest_lock_days" {
  type        = number
  default     = 0
  nullable    = false
  description = "For how many days Amazon S3 Object Lock keeps each new digest of the trail. No one can delete it earlier, not even the root user. 0: no lock."
  validation {
    condition     = floor(var.digest_lock_days) == var.digest_lock_days && var.digest_lock_days >= 0 && var.digest_lock_days <= 36500
    error_message = "A whole number from 0 to 36500."
  }
}

variable "event_bus" {
  type        = string
  default     = ""
  nullable    = false
  description = "The ARN of an Amazon EventBridge event bus, such as your SIEM's. Daypass sends each entry of the trail to it within a minute: docs/export.md. The bus can be in another account or region. If it is empty, Daypass sends none."
  validation {
    condition     = can(regex("^(?:(arn:aws(-[a-z]+)*:events:[a-z0-9-]{5,32}:[0-9]{12}:event-bus/[A-Za-z0-9._/-]{1,256})?)$", var.event_bus))
    error_message = "The ARN of an event bus."
  }
}

variable "firm_contact" {
  type        = string
  default     = ""
  nullable    = false
  description = "The e-mail address on the client's page, for questions. May be empty."
  validation {
    condition     = can(regex("^(?:([A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,63}(\\.[A-Za-z0-9-]{1,63}){1,4})?)$", var.firm_contact))
    error_message = "One plain e-mail address, such as aws-access@example.com."
  }
}

variable "firm_name" {
  type        = string
  default     = ""
  nullable    = false
  description = "Your firm's name, which clients read on their page. May be empty. Anyone can claim a name, so the page also shows this AWS account's ID."
  validation {
    condition     = can(regex("^(?:[^\\x00-\\x1f\\x7f-\\x9f\\x{2028}\\x{2029}]*)$", var.firm_name)) && length(var.firm_name) <= 80
    error_message = "At most 80 characters on one line."
  }
}

variable "identity_providers" {
  type        = string
  default     = ""
  nullable    = false
  description = "OpenID Connect providers whose tokens Daypass accepts beside its own, as a JSON list such as [{\"issuer\": \"https://accounts.google.com\", \"audience\": \"\u2026\", \"algorithms\": [\"RS256\"]}]. May be empty."
  validation {
    condition     = can(regex("^(?:[!-~ ]*)$", var.identity_providers)) && length(var.identity_providers) <= 2048
    error_message = "A JSON list in ASCII, of at most 2,048 characters."
  }
}

variable "log_retention_days" {
  type        = string
  default     = "365"
  nullable    = false
  description = "For how many days Amazon CloudWatch Logs keeps each function's log and the API's access log."
  validation {
    condition     = can(regex("^(?:30|60|90|120|150|180|365|400|545|731|1096|1827|2192|2557|2922|3288|3653)$", var.log_retention_days))
    error_message = "30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }
}

variable "notice_email" {
  type        = string
  default     = ""
  nullable    = false
  description = "The mailbox for notifications (revocations, failed checks, ends that are near). Amazon SNS sends it a mail to confirm first. May be empty."
  validation {
    condition     = can(regex("^(?:([A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,63}(\\.[A-Za-z0-9-]{1,63}){1,4})?)$", var.notice_email))
    error_message = "One e-mail address."
  }
}

variable "org_id" {
  type        = string
  default     = ""
  nullable    = false
  description = "Your own AWS organization's ID, such as o-a1b2c3d4e5. Daypass never enters its accounts. Leave it empty if a client's account is in it."
  validation {
    condition     = can(regex("^(?:(o-[a-z0-9]{10,32})?)$", var.org_id))
    error_message = "An organization's ID begins with o- and has 10 to 32 more characters."
  }
}

variable "other_accounts" {
  type        = string
  default     = ""
  nullable    = false
  description = "Your own AWS accounts besides this one, separated by commas, 50 at most. Daypass refuses engagements in them."
  validation {
    condition     = can(regex("^(?:([0-9]{12}(,[0-9]{12}){0,49})?)$", var.other_accounts))
    error_message = "Account IDs of 12 digits, with commas and no blanks between them."
  }
}

variable "permissions_boundary" {
  type        = string
  default     = ""
  nullable    = false
  description = "The ARN of an IAM policy that limits each role of Daypass, if your landing zone requires one. It must allow what the roles do: docs/landing-zones.md lists it. May be empty."
  validation {
    condition     = can(regex("^(?:(arn:aws(-[a-z]+)*:iam::([0-9]{12}|aws):policy/[A-Za-z0-9+=,.@_/-]{1,512})?)$", var.permissions_boundary))
    error_message = "The ARN of an IAM policy."
  }
}

variable "rate_limit" {
  type        = string
  default     = "1000"
  nullable    = false
  description = "How many requests an address may send in five minutes before AWS WAF blocks it. AWS WAF costs 6 USD a month and 0.60 USD per million requests. 0 removes AWS WAF and its cost. An office is one address, and so is a build server."
  validation {
    condition     = can(regex("^(?:0|[1-9][0-9]{1,8})$", var.rate_limit))
    error_message = "0, or a number of requests, 10 at least."
  }
}

variable "slack" {
  type        = string
  default     = "0"
  nullable    = false
  description = "1: Daypass answers /daypass in Slack. docs/slack-setup.md says what else that takes. 0: Daypass refuses every request from Slack."
  validation {
    condition     = can(regex("^(?:[01])$", var.slack))
    error_message = "0 or 1."
  }
}

variable "warning_email" {
  type        = string
  default     = ""
  nullable    = false
  description = "The mailbox for other alarms and alerts, which can wait for a working day. Empty: AlarmEmail's."
  validation {
    condition     = can(regex("^(?:([A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,63}(\\.[A-Za-z0-9-]{1,63}){1,4})?)$", var.warning_email))
    error_message = "One e-mail address."
  }
}

locals {
  foundation_parameters = {
    AlarmEmail          = var.alarm_email
    ClientMailFrom      = var.client_mail_from
    DigestLockDays      = var.digest_lock_days
    NoticeEmail         = var.notice_email
    OrganizationId      = var.org_id
    OtherAccounts       = var.other_accounts
    PermissionsBoundary = var.permissions_boundary
    WarningEmail        = var.warning_email
  }
}

locals {
  app_parameters = {
    AnonymousConcurrency = var.anonymous_concurrency
    CanaryAccount        = var.canary_account
    ClientMailFrom       = var.client_mail_from
    EventBus             = var.event_bus
    FirmContact          = var.firm_contact
    FirmName             = var.firm_name
    IdentityProviders    = var.identity_providers
    LogRetentionDays     = var.log_retention_days
    NoticeEmail          = var.notice_email
    OrganizationId       = var.org_id
    OtherAccounts        = var.other_accounts
    PermissionsBoundary  = var.permissions_boundary
    RateLimit            = var.rate_limit
    TrailStream          = data.aws_dynamodb_table.trail.stream_arn
    WithSlack            = var.slack
  }
}
